import assert from "node:assert/strict";
import { test } from "../support/scorer.ts";
import { testWith } from "../support/skip.ts";

const module = (path: string) => JSON.stringify(import.meta.resolve(path));

/** A process that logs, and then does `act`. */
const script = (act: string) => `
  import { getLogger } from ${module("@logtape/logtape")};
  import { configureLogging } from ${module("../../src/observability/logging.ts")};
  const logRequest = configureLogging({ level: "trace" });
  const log = getLogger("a");
  const ids = { trace_id: "t", span_id: "s", request_id: "r", trace_flags: "01" };
  ${act}
`;

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const output = new Deno.Command(command, {
    args: [...args],
    env,
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr, code } = await output.output();
  return { code, out: decode(stdout), err: decode(stderr) };
}

const linesOf = (out: string) => out.trimEnd().split("\n").map((line) => JSON.parse(line));

test("every level goes to stdout, in order, before the process ends", async () => {
  const { code, out, err } = await run(Deno.execPath(), [
    "eval",
    "--ext=ts",
    script(`
      for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
        log[level]("%s %c\\n" + level);
      }
      for (let i = 0; i < 1000; i++) {
        log.info("line {i}", { i });
        logRequest({ ids, method: "GET", route: "/", status: i, durationMs: 1 });
      }
      Deno.exit(0);
    `),
  ]);
  assert.deepEqual([code, err], [0, ""]);
  const lines = linesOf(out);
  assert.equal(lines[4].message, "%s %c\nerror");
  const order = lines.slice(6).map(({ i, status }) => i ?? status);
  assert.deepEqual(order, Array.from({ length: 2000 }, (_, i) => Math.floor(i / 2)));
});

for (
  const [end, code] of [
    ["", 0],
    ["Deno.exit(3)", 3],
    ['throw new Error("no")', 1],
    ['Promise.reject(new Error("no"))', 1],
  ] as const
) {
  test(`the lines of requests are out when a process ends by [${end}]`, async () => {
    const act = `
      for (let i = 0; i < 3; i++) {
        logRequest({ ids, method: "GET", route: "/", status: i, durationMs: 1 });
      }
      ${end};`;
    const ran = await run(Deno.execPath(), ["eval", "--ext=ts", script(act)]);
    assert.equal(ran.code, code);
    assert.deepEqual(linesOf(ran.out).map(({ status }) => status), [0, 1, 2]);
  });
}

test("the lines of requests do not wait for more of them", async () => {
  const act = `
    logRequest({ ids, method: "GET", route: "/", status: 200, durationMs: 1 });
    setInterval(() => {}, 1000);`;
  await using process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", script(act)],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  assert.match(decode((await reader.read()).value!), /"status":200/);
  await reader.cancel();
});

test("a process whose log nobody reads any more goes on", async () => {
  const act = `
    const line = "x".repeat(1000);
    // More than the pipe holds, so that its end is noticed.
    for (let i = 0; i < 1000; i++) log.error(line);
    logRequest({ ids, method: "GET", route: "/", status: 200, durationMs: 1 });
    console.error("alive");
  `;
  // The reader takes one byte and ends.
  const { err } = await run("sh", [
    "-c",
    '"$DENO" eval --ext=ts "$SCRIPT" | head -c 1 >/dev/null',
  ], { DENO: Deno.execPath(), SCRIPT: script(act) });
  assert.equal(err, "alive\n");
});

const python = {
  command: "python3",
  args: ["--version"],
  why: "python3 is not there to make a pipe non-blocking",
};

testWith(python, "a pipe that takes nothing just now gets every line whole, later", async () => {
  const act = `for (let i = 0; i < 500; i++) log.info("x".repeat(1000), { i });`;
  // The reader begins when the pipe is full.
  const wrapper = `
import fcntl, os, select, subprocess, sys, time
r, w = os.pipe()
fcntl.fcntl(w, fcntl.F_SETFL, fcntl.fcntl(w, fcntl.F_GETFL) | os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=w)
while select.select([], [w], [], 0)[1] and child.poll() is None: time.sleep(0.01)
os.close(w)
while data := os.read(r, 65536): sys.stdout.buffer.write(data)
sys.exit(child.wait())
`;
  const args = ["-c", wrapper, Deno.execPath(), "eval", "--ext=ts", script(act)];
  const { code, out, err } = await run("python3", args);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(linesOf(out).map(({ i }) => i), Array.from({ length: 500 }, (_, i) => i));
});
