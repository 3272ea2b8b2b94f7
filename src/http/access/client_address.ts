/** The groups of an IPv6 address, as numbers; `::` stands for as many zeros as are missing. */
function groupsOf(address: string): number[] {
  const [head = [], tail] = address.split("::").map((half) =>
    half.split(":").filter(Boolean).map((group) => parseInt(group, 16))
  );
  if (tail === undefined) return head;
  const missing = Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/**
 * What a rate is counted by: an IPv4 address, or the /64 of an IPv6 address, as any one customer
 * of a provider has at least that many. A text that is no address stands for itself.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/^\[([^\]]*)\](:\d+)?$/, "$1").replace(/%.*$/, "").toLowerCase();
  const [, ipv4] = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(bare) ?? [];
  if (ipv4 !== undefined) return ipv4;
  if (!bare.includes(":")) return bare;
  const network = groupsOf(bare).slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(":")}::/64`;
}

/**
 * The client of a request: the last address of the header, which the nearest proxy wrote (those
 * before it are the client's to choose), else the other end of the connection.
 */
export function clientAddress(
  { headers }: Request,
  info: Deno.ServeHandlerInfo | undefined,
  header: string | undefined,
): string {
  const named = header === undefined ? undefined : headers.get(header)?.split(",").at(-1)?.trim();
  if (named) return networkOf(named);
  const remote = info?.remoteAddr;
  return remote && "hostname" in remote ? networkOf(remote.hostname) : "";
}
