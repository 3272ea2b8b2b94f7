import assert from "node:assert/strict";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { RateLimit } from "../../../src/http/access/rate_limit.ts";
import { networkOf } from "../../../src/http/access/client_address.ts";
import { test } from "../../support/scorer.ts";
import { until } from "../../support/until.ts";
import { ADMIN, API, bearer, guardedApp } from "./harness.ts";

type Caller = (path: string, headers?: Record<string, string>, from?: string) => Promise<Response>;

/** An app whose clients may have three requests, until the test is over. */
async function limited(env: Record<string, string>, run: (call: Caller) => Promise<void>) {
  const limiter = new RateLimiterMemory({ points: 3, duration: 1000 });
  const keys = new Set<string>();
  const recorded = {
    consume: (key: string) => {
      keys.add(key);
      return limiter.consume(key);
    },
  };
  const { app } = await guardedApp(env, new RateLimit(recorded));
  try {
    await run(async (path, headers = {}, from = "192.0.2.1") => {
      const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: from, port: 50_000 };
      return await app.fetch(new Request(`http://localhost${path}`, { headers }), { remoteAddr });
    });
  } finally {
    await Promise.all([...keys].map((key) => limiter.delete(key)));
  }
}

/** How many of the next requests are answered, of five. */
async function allowed(call: () => Promise<Response>): Promise<number> {
  let count = 0;
  for (let i = 0; i < 5; i++) {
    const response = await call();
    await response.body?.cancel();
    if (response.status === 429) assert.equal(response.headers.get("retry-after"), "1");
    else count++;
  }
  return count;
}

test("a client has so many requests, and another its own", async () => {
  await limited({}, async (call) => {
    assert.equal(await allowed(() => call("/stats/u")), 3);
    assert.equal(await allowed(() => call("/nothing")), 0);
    assert.equal(await allowed(() => call("/stats/u", {}, "192.0.2.2")), 3);
    assert.equal(await allowed(() => call("/health")), 5);
    const { detail } = await (await call("/stats/u")).json();
    assert.match(detail, /Too many requests/);
  });
});

test("holders of tokens count by their token, guesses by where they come from", async () => {
  await limited({ API_TOKEN: `${API}, ${API}-2`, ADMIN_TOKEN: ADMIN }, async (call) => {
    for (const token of [API, `${API}-2`, ADMIN]) {
      assert.equal(await allowed(() => call("/stats/u", bearer(token))), 3);
      assert.equal(await allowed(() => call("/stats/u", bearer(token), "192.0.2.9")), 0);
    }
    let guess = 0;
    assert.equal(await allowed(() => call("/stats/u", bearer(`guess-${guess++}`))), 3);
    assert.equal(await allowed(() => call("/stats/u")), 0);
    assert.equal(await allowed(() => call("/stats/u", {}, "192.0.2.9")), 3);
  });
});

test("where no token is set, one that is sent anyway makes no client of its own", async () => {
  await limited({}, async (call) => {
    let made = 0;
    assert.equal(await allowed(() => call("/stats/u", bearer(`made-up-${made++}`))), 3);
  });
});

test("behind a proxy the last address of its header counts, and only where it is set", async () => {
  const forwarded = (value: string) => ({ "x-forwarded-for": value });
  await limited({ CLIENT_ADDRESS_HEADER: "X-Forwarded-For", ADMIN_TOKEN: API }, async (call) => {
    let forged = 0;
    const from = (last: string) => () =>
      call("/stats/u", forwarded(`198.51.100.${forged++}, ${last}`));
    assert.equal(await allowed(from("203.0.113.1")), 3);
    assert.equal(await allowed(from("203.0.113.2")), 3);
    assert.equal(await allowed(() => call("/stats/u")), 3);
    assert.equal(await allowed(() => call("/stats/u", forwarded(""))), 0);
    assert.equal(await allowed(() => call("/stats/u", bearer(API))), 3);
    assert.equal(await allowed(() => call("/stats/u", forwarded("admin token 0"))), 3);
  });
  await limited({}, async (call) => {
    let forged = 0;
    assert.equal(await allowed(() => call("/stats/u", forwarded(`203.0.113.${forged++}`))), 3);
  });
});

test("an IPv6 client is its /64", () => {
  const cases: [address: string, network: string][] = [
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:4711", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["[::FFFF:203.0.113.7]:4711", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2:ffff::]:4711", "2001:db8:1:2::/64"],
    ["2001:db8::5:6:7", "2001:db8:0:0::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["unknown", "unknown"],
    ["", ""],
  ];
  for (const [address, network] of cases) assert.equal(networkOf(address), network, address);
});

test("endless clients are forgotten", async () => {
  const limiter = new RateLimiterMemory({ points: 1, duration: 1 });
  const { app } = await guardedApp({}, new RateLimit(limiter));
  const clients = Array.from({ length: 5000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  for (const hostname of clients) {
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname, port: 1 };
    await app.fetch(new Request("http://localhost/nothing"), { remoteAddr });
  }
  assert.ok(await limiter.get(`from ${clients.at(-1)}`));
  await until("all forgotten", async () => {
    for (const client of clients) if (await limiter.get(`from ${client}`)) return false;
    return true;
  });
});
