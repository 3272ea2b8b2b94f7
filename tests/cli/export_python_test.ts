import assert from "node:assert/strict";
import { join } from "node:path";
import { openBulkStore } from "../../src/store/deno_kv/bulk.ts";
import { makeDecision } from "../support/make.ts";
import { fill, plainUser } from "../support/stored_users.ts";
import { cli, fixture, sanitize, tempFolder } from "./harness.ts";

const python = fixture("golden/python_state");
const users: string[] = JSON.parse(await Deno.readTextFile(fixture("golden/expected_stats.json")))
  .users.map((user: { user_id: string }) => user.user_id);

const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test(
  "what came from the Python service goes back to it as its own files",
  sanitize,
  async () => {
    await using folder = await tempFolder();
    const [list, out] = [join(folder.path, "list"), join(folder.path, "out")];
    await Deno.writeTextFile(list, JSON.stringify(users));
    const [a, b] = ["a", "b"].map((name) => ({ STATE_DIR: join(folder.path, name) }));
    await cli(["import-python-state", "--dir", python, "--users", list], a!);
    const { code, err } = await cli(["export", "--format", "python", "--out", out], a!);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(names(out), names(python));
    for (const name of names(out)) {
      const [ours, theirs] = await Promise.all(
        [out, python].map((path) => Deno.readTextFile(join(path, name))),
      );
      // Python's own matrices have halves that differ in the last bit; this service has one half.
      const round = (_: string, value: unknown) =>
        typeof value === "number" && Math.abs(value) < 1e6 ? +value.toPrecision(13) : value;
      const parse = (text: string) => {
        const { meta, ...rest } = JSON.parse(text);
        return JSON.parse(JSON.stringify({ meta: { explore_count: 0, ...meta }, ...rest }, round));
      };
      assert.deepEqual(parse(ours!), parse(theirs!), name);
    }
    await cli(["import-python-state", "--dir", out, "--users", list], b!);
    const [left, right] = [await cli(["export"], a!), await cli(["export"], b!)];
    assert.deepEqual(right.out.split("\n").slice(1), left.out.split("\n").slice(1));
  },
);

Deno.test(
  "counters of the newest decision, -0 and whole floats are as Python's",
  sanitize,
  async () => {
    await using folder = await tempFolder();
    const env = { STATE_DIR: join(folder.path, "state") };
    const A = Float64Array.from([2, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 5, 0, 6]);
    const model = {
      A,
      b: Float64Array.of(-0, 1, 5e-324, 0.5, -2),
      rewardCount: 3,
      cumulativeReward: 2,
      lastUpdated: 1_777_111_200_999,
    };
    const counter = { pulls: 7, explored: 2, lastAt: 1_777_111_100_000 };
    const ada = plainUser("ada", 0);
    await fill(env.STATE_DIR, [{
      ...ada,
      record: { ...ada.record, floor: 4, base: {}, models: { "linucb-v1": model } },
      decisions: [makeDecision(5, { counters: { "egreedy-v1": counter } })],
    }, { ...plainUser("bob", 3), record: { ...ada.record, floor: 3 }, sync: undefined }]);
    const out = join(folder.path, "out");
    assert.equal((await cli(["export", "--format", "python", "--out", out], env)).code, 0);
    assert.deepEqual(names(out), ["ada.json", "ada_egreedy.json", "ada_sync.json"]);
    assert.equal(
      await Deno.readTextFile(join(out, "ada.json")),
      '{"A":[[2.0,0.0,0.0,0.0,0.0],[0.0,3.0,0.0,0.0,0.0],[0.0,0.0,4.0,0.0,0.0],' +
        '[0.0,0.0,0.0,5.0,0.0],[0.0,0.0,0.0,0.0,6.0]],"b":[-0.0,1.0,5e-324,0.5,-2.0],"meta":' +
        '{"pulls":0,"last_updated":"2026-04-25T10:00:00Z","cumulative_reward":2.0,"reward_count":3}}',
    );
    const { meta } = JSON.parse(await Deno.readTextFile(join(out, "ada_egreedy.json")));
    assert.deepEqual([meta.pulls, meta.explore_count, meta.reward_count], [7, 2, 0]);
    const list = join(folder.path, "list");
    await Deno.writeTextFile(list, "ada");
    const back = join(folder.path, "back");
    await cli(["import-python-state", "--dir", out, "--users", list], { STATE_DIR: back });
    await using store = await openBulkStore({ directory: back, decisionLogSize: 256 });
    const found = await store.load("ada");
    assert.deepEqual(found?.record?.models["linucb-v1"], {
      ...model,
      lastUpdated: 1_777_111_200_000,
    });
    assert.deepEqual(found?.record?.base["egreedy-v1"], counter);
  },
);

Deno.test(
  "users who would share a file, or have too long a name, are left out",
  sanitize,
  async () => {
    await using folder = await tempFolder();
    const env = { STATE_DIR: join(folder.path, "state") };
    const ids = ["a+b", "a-b", "eve", "eve_egreedy", "x".repeat(256), "zoe"];
    const counter = { pulls: 1, explored: 0, lastAt: 1_770_000_000_000 };
    await fill(
      env.STATE_DIR,
      ids.map((id) => {
        const policy = id === "eve_egreedy" ? "linucb-v1" : "egreedy-v1";
        return plainUser(id, 1, { counters: { [policy]: counter } });
      }),
    );
    const out = join(folder.path, "out");
    const ran = await cli(["export", "--format", "python", "--out", out, "--json"], env);
    assert.equal(ran.code, 1);
    const report = JSON.parse(ran.out);
    assert.deepEqual(
      report.skipped.map(({ user }: { user: string }) => user),
      ["a+b", "a-b", "eve", "eve_egreedy", "x".repeat(256)],
    );
    assert.match(report.skipped[0].reason, /^a_b_egreedy\.json is another user's file as well/);
    assert.deepEqual(names(out), ["zoe_egreedy.json", "zoe_sync.json"]);
  },
);
