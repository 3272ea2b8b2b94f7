import assert from "node:assert/strict";
import { join } from "node:path";
import { cli, cliProcess, fixture, sanitize, tempFolder } from "./harness.ts";

const registry = (
  name: string,
) => ["check-profile", "--registry", fixture(`profile_registry/${name}`)];

Deno.test("a registry of the same names and dtypes passes, in any order", sanitize, async () => {
  const { code, out } = await cli(registry("same.json"));
  assert.equal(code, 0);
  assert.equal(out, "The same 5 profile features.");
});

Deno.test("a registry that drifted fails with the difference", sanitize, async () => {
  const { code, out } = await cli(registry("drifted.json"));
  assert.equal(code, 1);
  assert.deepEqual(out.split("\n").slice(1), [
    "! preferred_hour: float here, int64 there",
    "- tip_volume_30d: float",
    "+ streak_days: int64",
  ]);
});

Deno.test("a TypeScript module is read by the one registry it exports", sanitize, async () => {
  const { code, out, err } = await cliProcess(["--allow-read"], registry("registry.ts"));
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^The same 5/);
});

Deno.test("a module can read and nothing else, whatever the process may", sanitize, async () => {
  const { code, out, err } = await cliProcess(["--allow-all"], registry("curious.ts"));
  assert.equal(code, 1, err);
  assert.doesNotMatch(out, /could_/);
  assert.match(out, /- preferred_hour: float/);
});

Deno.test("a file that holds no registry is exit code 2", sanitize, async () => {
  await using folder = await tempFolder();
  const file = async (name: string, text: string) => {
    await Deno.writeTextFile(join(folder.path, name), text);
    return await cli(["check-profile", "--registry", join(folder.path, name)]);
  };
  for (const text of ["", "{", "5", '{"a": 5}', '[{"name": "a"}]']) {
    const { code, out, err } = await file("registry.json", text);
    assert.deepEqual([code, out], [2, ""], text);
    assert.match(err, /--registry .*registry\.json is no/);
  }
  assert.equal((await cli(["check-profile"])).code, 2);
  assert.match((await cli(["check-profile", "--registry", "/no/such"])).err, /cannot be read/);
});
