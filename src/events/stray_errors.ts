/** The codes of errors by which a peer ends a connection. */
const ENDED: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/**
 * Keeps the process alive over errors of sockets that the NATS client has let go of: it takes its
 * listeners off before it ends a socket, as where the server refuses the credentials, and what
 * fails on it then would be an uncaught error. Nothing else here uses sockets of node:net. To be
 * called before others listen for errors of the process.
 */
export function ignoreStrayErrors(): void {
  globalThis.addEventListener("error", (event) => {
    const { error } = event;
    if (!(error instanceof Error && "syscall" in error && "code" in error)) return;
    if (!ENDED.has(error.code)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
