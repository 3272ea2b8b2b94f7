import assert from "node:assert/strict";
import { fakeApp, sanitize } from "../fake_services.ts";

Deno.test("a user's sync record is shown, and a 404 without one", sanitize, async () => {
  const { app, services } = fakeApp();
  const id = "zoë/1";
  services.syncRecords.set(id, { lastSyncTs: "2026-11-21T10:00:00Z", taskCount: 3 });
  const response = await app.request(`/sync/${encodeURIComponent(id)}`);
  assert.deepEqual(await response.json(), {
    user_id: id,
    last_sync_ts: "2026-11-21T10:00:00Z",
    task_count: 3,
  });
  const missing = await app.request("/sync/other");
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { detail: "No sync of this user" });
  assert.equal((await app.request("/sync/%00")).status, 422);
});
