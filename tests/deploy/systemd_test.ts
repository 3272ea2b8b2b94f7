import assert from "node:assert/strict";
import { join } from "node:path";
import { parseConfig } from "../../src/config.ts";
import { client } from "../support/http.ts";
import { inDirectory } from "../support/directory.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";
import { testWith } from "../support/skip.ts";
import { until } from "../support/until.ts";
import { read } from "./files.ts";

const UNIT = "tip-scorer.service";
const SYSTEMD = {
  command: "systemd-analyze",
  args: ["--version"],
  why: "systemd-analyze is not installed (Debian: apt-get install systemd)",
};

/** The values of a directive, in their order. */
function values(name: string): string[] {
  return [...read(UNIT).matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map((match) => match[1]!);
}

async function analyze(...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", { args }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

test("the unit's settings are the service's, and no secret is among them", () => {
  const given = values("Environment").flatMap((line) => line.split(" "))
    .map((pair) => pair.split("=") as [string, string]);
  const config = parseConfig(Object.fromEntries(given));
  assert.deepEqual(given.map(([name]) => name), ["STATE_DIR", "ENV", "HOST", "PORT"]);
  assert.equal(config.stateDir, `/var/lib/${values("StateDirectory")[0]}`);
  assert.equal(config.env, "production");
  assert.ok(Number(values("TimeoutStopSec")[0]) > config.shutdownTimeoutS);
  assert.deepEqual(values("MemoryDenyWriteExecute"), ["no"]);
  assert.deepEqual(values("ProtectSystem"), ["strict"]);
});

testWith(SYSTEMD, "systemd accepts the unit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // Whether the binary is there is no matter of the unit's.
    const text = read(UNIT).replace(/^ExecStart=\S+/m, "ExecStart=/bin/true");
    await Deno.writeTextFile(`${folder}/${UNIT}`, text);
    const { code, said } = await analyze("verify", "--man=no", `${folder}/${UNIT}`);
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, new RegExp(UNIT), "systemd warns of the unit");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Every call of a set, with those of the sets in it. */
function expand(sets: ReadonlyMap<string, readonly string[]>, name: string): string[] {
  return sets.get(name)!.flatMap((each) => each.startsWith("@") ? expand(sets, each) : [each]);
}

testWith(
  { command: "strace", args: ["-o", "/dev/null", "true"], why: "strace is not allowed here" },
  "the service makes no system call that the unit's filter forbids",
  async () => {
    const sets = new Map<string, string[]>();
    const { said } = await analyze("syscall-filter", "--no-pager");
    for (const block of said.split(/^(?=@)/m)) {
      const [name, ...lines] = block.split("\n").map((line) => line.trim());
      sets.set(name!, lines.filter((line) => line !== "" && !line.startsWith("#")));
    }
    const [filter] = values("SystemCallFilter");
    const allowed = new Set(filter!.split(" ").flatMap((name) => expand(sets, name)));
    const folder = await Deno.makeTempDir();
    try {
      const log = join(folder, "calls");
      await inDirectory(async (stateDir) => {
        // With -D it is the service that has the pid, and is sent the signal.
        const wrapper = ["strace", "-D", "-f", "-o", log];
        await using service = await Service.start({ STATE_DIR: stateDir }, [], wrapper);
        const candidates = [{ id: "tip-1", content: "c", source: "s" }];
        const api = client(service.url);
        const { decision_id } = await api.score({ user_id: "ada", candidates });
        await api.reward({ user_id: "ada", decision_id, reward: 1 });
        await (await fetch(`${service.url}/generate`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ user_id: "ada", context: {} }),
        })).body?.cancel();
        await service.stop("SIGTERM");
      });
      await until(
        "strace has written everything",
        async () => /\+\+\+ exited with \d+ \+\+\+\n$/.test(await Deno.readTextFile(log)),
      );
      const made = new Set(
        [...(await Deno.readTextFile(log)).matchAll(/^\d+\s+(\w+)\(/gm)].map((match) => match[1]!),
      );
      assert.ok(made.has("fdatasync") || made.has("fsync"), "nothing was traced");
      assert.deepEqual([...made].filter((name) => !allowed.has(name)), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
