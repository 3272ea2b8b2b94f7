import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PROFILE_FEATURES } from "../../src/contract/mod.ts";
import { fakeApp, sanitize } from "./fake_services.ts";

Deno.test("health has the Python service's shape", sanitize, async () => {
  const { app } = fakeApp();
  const consumer = {
    ...{ last_msg_ts: null, processed: 0, errors: 0 },
    ...{ unknown: 0, pending: 0, redelivered: 0, dead_lettered: 0 },
  };
  assert.deepEqual(await (await app.request("/health")).json(), {
    ok: true,
    nats: {
      enabled: false,
      connected: false,
      consumers: { signals: consumer, feedback: consumer },
    },
  });
});

Deno.test("ready says why it is not", sanitize, async () => {
  const { app, services } = fakeApp();
  assert.deepEqual(await (await app.request("/ready")).json(), { ready: true });
  services.notReady = "shutting down";
  const response = await app.request("/ready");
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { detail: "shutting down" });
});

Deno.test("the profile registry is shown with the digest of its names", sanitize, async () => {
  const { app } = fakeApp();
  const { features, sha256 } = await (await app.request("/profile/schema")).json();
  assert.deepEqual(features, PROFILE_FEATURES.map(({ encode: _, ...shown }) => shown));
  const names =
    "completion_rate_30d\ndismiss_rate_30d\nmean_reward_30d\npreferred_hour\ntip_volume_30d";
  assert.equal(sha256, createHash("sha256").update(names).digest("hex"));
});
