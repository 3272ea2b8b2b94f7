import assert from "node:assert/strict";
import fc from "fast-check";
import { ExportedUser } from "../../src/contract/mod.ts";
import { exactJson } from "../../src/export/json.ts";
import { exportUser, importUser } from "../../src/export/user.ts";
import { storedUsers } from "../support/stored_users.ts";
import { test } from "../support/scorer.ts";

test("a user comes back from JSON as it was, bit for bit", () => {
  fc.assert(fc.property(storedUsers, (users) => {
    for (const stored of users) {
      const json = exactJson(exportUser(stored));
      assert.doesNotMatch(json, /\n/);
      assert.deepEqual(importUser(ExportedUser.parse(JSON.parse(json))), stored);
    }
  }));
});

test("what a newer version adds is not dropped in silence", () => {
  const exported = { user_id: "ada", record: null, decisions: [], sync: null };
  assert.ok(ExportedUser.safeParse(exported).success);
  assert.ok(!ExportedUser.safeParse({ ...exported, more: 1 }).success);
});
