import { type NatsConnection, wsconnect } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";

const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 500;

/** The parts of a NATS_URL, as the client takes them: it reads no credentials from URLs. */
export function connectionOptions(natsUrl: string) {
  const urls = natsUrl.split(",").map((each) => each.trim())
    .map((each) => new URL(each.includes("://") ? each : `nats://${each}`));
  const { username, password } = urls.find(({ username }) => username !== "") ?? {};
  const user = username && decodeURIComponent(username);
  const pass = password && decodeURIComponent(password);
  const isWebSocket = urls.some(({ protocol }) => protocol === "ws:" || protocol === "wss:");
  return {
    isWebSocket,
    servers: urls.map(({ protocol, host, pathname, search }) =>
      isWebSocket ? `${protocol}//${host}${pathname}${search}` : host
    ),
    ...(urls.some(({ protocol }) => protocol === "tls:") && { tls: {} }),
    ...(user && (pass ? { user, pass } : { token: user })),
  };
}

/** Connects once; what is lost later is connected again, for ever. */
export function openConnection(natsUrl: string): Promise<NatsConnection> {
  const { isWebSocket, ...server } = connectionOptions(natsUrl);
  return (isWebSocket ? wsconnect : connect)({
    ...server,
    name: "tip-scorer",
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    // Whoever changes credentials may do so in any order.
    ignoreAuthErrorAbort: true,
  });
}
