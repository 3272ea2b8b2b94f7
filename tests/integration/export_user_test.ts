import assert from "node:assert/strict";
import { cli, tempFolder } from "../cli/harness.ts";
import { client } from "../support/http.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

test("a user over HTTP is the line that the export command writes beside the service", async () => {
  await using folder = await tempFolder();
  const env = { STATE_DIR: `${folder.path}/state` };
  await using service = await Service.start(env);
  const api = client(service.url);
  const candidates = [{ id: "tip-1", content: "c", source: "s" }];
  for (const user_id of ["ada", "bob/1"]) {
    const { decision_id } = await api.score({ user_id, candidates });
    await api.reward({ user_id, decision_id, reward: 0.5 });
    await api.score({ user_id, candidates });
  }
  await api.score({ user_id: "only scored", candidates });

  const { code, out } = await cli(["export"], env);
  assert.equal(code, 0);
  const users = out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))
    .filter(({ user_id }) => user_id !== undefined);
  assert.equal(users.length, 3);
  for (const user of users) {
    const path = `/admin/users/${encodeURIComponent(user.user_id)}`;
    const response = await fetch(service.url + path);
    assert.deepEqual(await response.json(), user);
  }
  const erased = await fetch(`${service.url}/admin/users/ada`, { method: "DELETE" });
  assert.deepEqual(await erased.json(), { ok: true });
  assert.equal(
    (await fetch(`${service.url}/admin/users/ada`).then((r) => r.json())).detail,
    "Nothing is kept of this user",
  );
});
