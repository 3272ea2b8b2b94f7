import assert from "node:assert/strict";
import { join } from "node:path";
import { pythonFilesNotImported } from "../../src/python_state/marker.ts";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { cli, cliProcess, fixture, sanitize, tempFolder } from "./harness.ts";

const python = fixture("golden/python_state");
const users: string[] = JSON.parse(await Deno.readTextFile(fixture("golden/expected_stats.json")))
  .users.map((user: { user_id: string }) => user.user_id);

/** A folder with a list of the golden users, and one for the state. */
async function scene(ids: readonly string[] = users) {
  const folder = await tempFolder();
  const list = join(folder.path, "users.txt");
  await Deno.writeTextFile(list, ids.join("\n"));
  const stateDir = join(folder.path, "state");
  const args = ["import-python-state", "--dir", python, "--users", list];
  return { ...folder, list, stateDir, args, env: { STATE_DIR: stateDir } };
}

/** The golden files as the service would find them in its own STATE_DIR. */
async function copyGolden(to: string): Promise<string[]> {
  await Deno.mkdir(to, { recursive: true });
  const names: string[] = [];
  for await (const { name } of Deno.readDir(python)) {
    await Deno.copyFile(join(python, name), join(to, name));
    names.push(name);
  }
  return names.sort();
}

Deno.test("users are imported once, and reported", sanitize, async () => {
  await using it = await scene([...users, "nobody"]);
  const first = await cli(it.args, it.env);
  assert.deepEqual([first.code, first.err], [0, ""]);
  assert.match(first.out, /^Imported: 3\n {2}"alice1": linucb-v1, egreedy-v1\n/);
  assert.match(first.out, /Users without files: 1\n {2}"nobody"/);
  const second = await cli([...it.args, "--json"], it.env);
  assert.equal(second.code, 0);
  const report = JSON.parse(second.out);
  assert.deepEqual(Object.keys(report), [
    "dry_run",
    "imported",
    "unchanged",
    "kept",
    "skipped",
    "without_files",
    "not_claimed",
  ]);
  assert.equal(report.unchanged.length, 3);
  assert.deepEqual(report.unchanged[2], {
    user: "carol-42",
    parts: ["linucb-v1", "egreedy-v1", "egreedy-v2", "sync"],
  });
});

Deno.test("a dry run leaves no trace, not even a database", sanitize, async () => {
  await using it = await scene();
  const { code, out } = await cli([...it.args, "--dry-run"], it.env);
  assert.equal(code, 0);
  assert.match(out, /^Would be imported: 3\n/);
  await assert.rejects(Deno.lstat(it.stateDir), Deno.errors.NotFound);
});

Deno.test("the permissions of its task are enough", sanitize, async () => {
  await using it = await scene();
  const permissions = [
    "--unstable-kv",
    "--allow-read",
    "--allow-write",
    "--allow-env=STATE_DIR,DECISION_LOG_SIZE",
    "--allow-sys=uid",
  ];
  const { code, out, err } = await cliProcess(permissions, it.args, it.env);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^Imported: 3\n/);
});

Deno.test("what was imported is no longer warned of, what was skipped is", sanitize, async () => {
  await using it = await scene([...users, "carol_42"]);
  const files = await copyGolden(it.stateDir);
  assert.deepEqual(await pythonFilesNotImported(it.stateDir), files);
  await cli([...it.args, "--dry-run"], it.env);
  assert.deepEqual(await pythonFilesNotImported(it.stateDir), files);
  const { code, out } = await cli([...it.args, "--dir", it.stateDir], it.env);
  assert.equal(code, 1);
  assert.match(out, /Skipped: 2\n/);
  const left = files.filter((name) => name.startsWith("carol_42"));
  assert.deepEqual(await pythonFilesNotImported(it.stateDir), left);
});

Deno.test(
  "ids that cannot be served are skipped, and the exit code says so",
  sanitize,
  async () => {
    await using it = await scene();
    await Deno.writeTextFile(it.list, JSON.stringify(["alice1", ".."]));
    const { code, out } = await cli([...it.args, "--json"], it.env);
    assert.equal(code, 1);
    const { skipped, imported, not_claimed } = JSON.parse(out);
    assert.equal(skipped[0].user, "..");
    assert.equal(imported[0].user, "alice1");
    assert.equal(not_claimed.length, 5);
  },
);

Deno.test("a state directory in use is refused before anything is done", sanitize, async () => {
  await using it = await scene();
  await using _running = await openDenoKvStore({ directory: it.stateDir, decisionLogSize: 256 });
  const { code, out, err } = await cli(it.args, it.env);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /in use by another process/);
});

Deno.test("what cannot be used is told, with exit code 2", sanitize, async () => {
  await using it = await scene();
  const refused = async (args: string[], reason: RegExp) => {
    const { code, out, err } = await cli(["import-python-state", ...args], it.env);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, reason);
  };
  await refused([], /--dir DIR is missing/);
  await refused(["--dir", python], /--users FILE is missing/);
  await refused(["--dir", "/no/such", "--users", it.list], /--dir \/no\/such cannot be read/);
  await refused(["--dir", it.list, "--users", it.list], /is not a folder/);
  await refused(["--dir", python, "--users", "/no/such"], /--users \/no\/such cannot be read/);
  await Deno.writeFile(it.list, Uint8Array.of(0xff, 0x41));
  await refused(["--dir", python, "--users", it.list], /is not UTF-8/);
  await assert.rejects(Deno.lstat(it.stateDir), Deno.errors.NotFound);
});
