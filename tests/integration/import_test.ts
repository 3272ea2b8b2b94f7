/**
 * A STATE_DIR of the Python service, imported by the command and then read over HTTP: every
 * figure is the one that the Python service answered.
 *
 * @module
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { POLICIES } from "../../src/bandit/policies.ts";
import { cli, fixture, tempFolder } from "../cli/harness.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";

const Expected = z.object({
  tolerance: z.number(),
  users: z.array(z.object({
    user_id: z.string(),
    stats: z.record(z.string(), z.record(z.string(), z.unknown())),
  })),
});

/** Equal, numbers to the tolerance and everything else exactly. */
function agree(found: unknown, expected: unknown, tolerance: number, at: string): void {
  if (typeof found === "number" && typeof expected === "number") {
    assert.ok(Math.abs(found - expected) <= tolerance, `${at}: ${found}, not ${expected}`);
  } else if (Array.isArray(found) && Array.isArray(expected)) {
    assert.equal(found.length, expected.length, at);
    found.forEach((each, i) => agree(each, expected[i], tolerance, `${at}[${i}]`));
  } else {
    assert.deepEqual(found, expected, at);
  }
}

test("an imported STATE_DIR of the Python service answers as it did", async () => {
  const { users, tolerance } = Expected.parse(
    JSON.parse(await Deno.readTextFile(fixture("golden/expected_stats.json"))),
  );
  await using folder = await tempFolder();
  const list = `${folder.path}/users.txt`;
  await Deno.writeTextFile(list, users.map(({ user_id }) => user_id).join("\n"));
  const state = `${folder.path}/state`;
  const args = ["--dir", fixture("golden/python_state"), "--users", list, "--state-dir", state];
  const { code, err } = await cli(["import-python-state", ...args]);
  assert.equal(code, 0, err);

  await using service = await Service.start({ STATE_DIR: state });
  for (const { user_id, stats } of users) {
    for (const { name, path } of POLICIES) {
      const url = `${service.url}/stats${path}/${encodeURIComponent(user_id)}`;
      const found: Record<string, unknown> = await (await fetch(url)).json();
      assert.deepEqual(Object.keys(found).toSorted(), Object.keys(stats[name]!).toSorted());
      for (const [field, value] of Object.entries(stats[name]!)) {
        agree(found[field], value, tolerance, `${user_id} ${name} ${field}`);
      }
    }
  }
});
