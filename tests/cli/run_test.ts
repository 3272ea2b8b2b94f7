import assert from "node:assert/strict";
import { COMMANDS } from "../../src/cli/run.ts";
import { cli, cliProcess, sanitize } from "./harness.ts";

Deno.test("--help lists every command", sanitize, async () => {
  for (const flag of ["--help", "-h", "help"]) {
    const { code, out, err } = await cli([flag]);
    assert.deepEqual([code, err], [0, ""]);
    for (const { name, summary } of COMMANDS) {
      assert.ok(out.includes(`${name}`) && out.includes(summary));
    }
  }
});

Deno.test("every command has a help of its own", sanitize, async () => {
  for (const { name } of COMMANDS) {
    const { code, out } = await cli([name, "--help"]);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^Usage: deno task cli ${name} .*\\n[^]*Exit code: 0`));
  }
});

Deno.test("no command, or one that is not there, is told with the list", sanitize, async () => {
  for (const args of [[], ["improt"], ["--verbose"]]) {
    const { code, out, err } = await cli(args);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /Usage: .*\n[^]*import-python-state/);
  }
  assert.match((await cli(["improt"])).err, /^There is no command improt\./);
});

Deno.test(
  "unknown options and stray arguments are refused by every command",
  sanitize,
  async () => {
    for (const { name } of COMMANDS) {
      for (const args of [["--nope"], ["stray"]]) {
        const { code, out, err } = await cli([name, ...args]);
        assert.deepEqual([code, out], [2, ""], name);
        assert.match(err, /(nope|stray)[^]*\nSee: deno task cli .* --help$/);
      }
    }
  },
);

Deno.test("the process ends with the command's exit code", sanitize, async () => {
  const { code, out, err } = await cliProcess([], ["health", "--nope"]);
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.match(err, /--nope/);
  assert.doesNotMatch(err, /\bat .*\.ts/);
});
