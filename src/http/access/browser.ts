import { isLoopback } from "./loopback.ts";

const ADDRESS = /^(\[[\da-f:.]+\]|\d{1,3}(\.\d{1,3}){3})$/;

/**
 * Why a request that needs no token may be the work of a page from elsewhere, in the browser of
 * somebody who can reach the service; undefined where it is not. Programs send neither header.
 *
 * A page can name the service by a host name of its own (DNS rebinding), and is then of the same
 * origin: so the name counts too. It must be this machine's where the service is for this machine
 * alone; elsewhere a browser must use an address, or localhost.
 */
export function foreignPage({ headers, url }: Request, loopback: boolean): string | undefined {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return "a page from elsewhere";
  const named = URL.parse(`http://${headers.get("host") ?? new URL(url).host}`);
  if (!named) return "a host name that is none";
  const { host, hostname } = named;
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) {
    return "a page from elsewhere";
  }
  if (isLoopback(hostname) || (!loopback && (origin === null || ADDRESS.test(hostname)))) {
    return undefined;
  }
  return "a host name that is not this machine's";
}
