import assert from "node:assert/strict";
import { getLogger, type LogLevel, resetSync } from "@logtape/logtape";
import { parseConfig } from "../../src/config.ts";
import { configureLogging, runInRequest } from "../../src/observability/logging.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

type Line = Record<string, unknown>;

/** The lines that `act` logs, each parsed by itself. */
async function linesOf(act: () => unknown, level: LogLevel = "info"): Promise<Line[]> {
  const lines: string[] = [];
  configureLogging({ level, sink: (line) => lines.push(line) });
  try {
    await act();
  } finally {
    resetSync();
  }
  return lines.map((line) => {
    assert.doesNotMatch(line, /[\r\n]/);
    return JSON.parse(line);
  });
}

/** The one line that `act` logs. */
async function lineOf(act: () => unknown, level: LogLevel = "info"): Promise<Line> {
  const lines = await linesOf(act, level);
  assert.equal(lines.length, 1);
  return lines[0]!;
}

const log = getLogger(["http", "score"]);

Deno.test("a line has level, logger, timestamp, message and its properties", sanitize, async () => {
  const before = Date.now();
  const line = await lineOf(() =>
    log.warn("{user} was\nslow", { user: "a b", ms: 3, deep: { a: [1] } })
  );
  const { timestamp, ...rest } = line;
  assert.deepEqual(Object.keys(line).slice(0, 4), ["level", "logger", "timestamp", "message"]);
  assert.deepEqual(rest, {
    level: "warning",
    logger: "http.score",
    message: "a b was\nslow",
    user: "a b",
    ms: 3,
    deep: { a: [1] },
  });
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(String(timestamp)) >= before);
});

Deno.test("what is below the level is not logged", sanitize, async () => {
  const act = () => {
    log.debug("debug");
    log.info("info");
    log.error("error");
  };
  const messages = async (level: LogLevel) => (await linesOf(act, level)).map((l) => l["message"]);
  assert.deepEqual(await messages("trace"), ["debug", "info", "error"]);
  assert.deepEqual(await messages("info"), ["info", "error"]);
  assert.deepEqual(await messages("fatal"), []);
});

Deno.test("other sinks are told of warnings whatever is logged", sanitize, () => {
  const told = (level: LogLevel) => {
    const lines: string[] = [];
    const records: string[] = [];
    configureLogging({
      level,
      sink: (line) => lines.push(JSON.parse(line).level),
      sinks: [(record) => records.push(record.level)],
    });
    try {
      for (const method of ["info", "warn", "error", "fatal"] as const) log[method]("x");
    } finally {
      resetSync();
    }
    return { lines, records };
  };
  const all = ["warning", "error", "fatal"];
  assert.deepEqual(told("fatal"), { lines: ["fatal"], records: all });
  assert.deepEqual(told("error"), { lines: ["error", "fatal"], records: all });
  assert.deepEqual(told("warning"), { lines: all, records: all });
  assert.deepEqual(told("info"), { lines: ["info", ...all], records: ["info", ...all] });
});

Deno.test("a property never takes the place of a line's own field", sanitize, async () => {
  const line = await lineOf(() => log.info("hello", { level: "x", message: "y", logger: "z" }));
  assert.equal(line["level"], "info");
  assert.equal(line["message"], "hello");
  assert.deepEqual([line["level_"], line["message_"], line["logger_"]], ["x", "y", "z"]);
});

Deno.test("requests that overlap keep their ids apart, over every await", sanitize, async () => {
  const child = getLogger("store");
  const lines = await linesOf(async () => {
    const gate = Promise.withResolvers<void>();
    const request = (request_id: string, trace_id: string) =>
      runInRequest({ request_id, trace_id, span_id: "s", trace_flags: "01" }, async () => {
        log.info("begin");
        await gate.promise;
        child.info("end");
      });
    const all = [request("r1", "t1"), request("r2", "t2")];
    log.info("outside");
    gate.resolve();
    await Promise.all(all);
    log.info("after");
  });
  const ids = lines.map(({ message, request_id, trace_id }) => [message, request_id, trace_id]);
  assert.deepEqual(ids, [
    ["begin", "r1", "t1"],
    ["begin", "r2", "t2"],
    ["outside", undefined, undefined],
    ["end", "r1", "t1"],
    ["end", "r2", "t2"],
    ["after", undefined, undefined],
  ]);
});

Deno.test("secrets are hidden by their field, at any depth", sanitize, async () => {
  const secrets = {
    authorization: "hunter2",
    "set-cookie": ["hunter2"],
    access_token: "hunter2",
    apiKey: { nested: "hunter2" },
    LITELLM_MASTER_KEY: "hunter2",
    sentryDsn: "hunter2",
    password: "hunter2",
    client_secret: "hunter2",
    content: "hunter2",
  };
  const line = await lineOf(() => {
    log.info("{password} {a}", { ...secrets, a: { b: [{ c: secrets }] } });
  });
  assert.doesNotMatch(JSON.stringify(line), /hunter2/);
  assert.equal(line["content"], "***");
  assert.equal(Object.keys(line).length, 4 + Object.keys(secrets).length + 1);
});

Deno.test("figures and names that only sound secret stay", sanitize, async () => {
  const shown = { prompt_tokens: 3, completion_tokens: 4, content_type: "a", keys: 2, user: "u" };
  const { level: _, logger: __, timestamp: ___, message: ____, ...rest } = await lineOf(() =>
    log.info("hello", shown)
  );
  assert.deepEqual(rest, shown);
});

Deno.test("credentials inside a text are hidden too", sanitize, async () => {
  const line = await lineOf(() => {
    log.error("no answer from {server}", {
      server: "nats://user:hunter2@host:4222",
      header: "Bearer hunter2",
      error: new Error("https://hunter2@sentry.example/1 failed"),
    });
  });
  assert.doesNotMatch(JSON.stringify(line), /hunter2/);
  assert.equal(line["server"], "nats://***@host:4222");
});

Deno.test("a config that is logged hides its secrets", sanitize, async () => {
  const config = parseConfig({
    LITELLM_MASTER_KEY: "hunter2",
    SENTRY_DSN: "https://hunter2@sentry.example/1",
    NATS_URL: "nats://u:hunter2@host",
  });
  const line = await lineOf(() => log.info("starts with {config}", { config }));
  assert.doesNotMatch(JSON.stringify(line), /hunter2/);
  assert.match(JSON.stringify(line), /8000/);
});

Deno.test(
  "an error is its name, message and cause; its stack is for debugging",
  sanitize,
  async () => {
    const error = new TypeError("bad", { cause: new RangeError("worse") });
    const act = () => log.error("failed", { error });
    const cause = { name: "RangeError", message: "worse" };
    assert.deepEqual((await lineOf(act))["error"], { name: "TypeError", message: "bad", cause });
    const { error: shown } = await lineOf(act, "debug");
    assert.ok(typeof shown === "object" && shown !== null && "stack" in shown);
    assert.match(String(shown.stack), /^TypeError: bad\n.*logging_test/);
  },
);

Deno.test("values that JSON cannot hold are shown all the same", sanitize, async () => {
  const circle: Record<string, unknown> = { twice: [] };
  circle["self"] = circle;
  const same = { a: 1 };
  const error = new Error("own cause");
  error.cause = error;
  const values = { circle, big: 2n ** 64n, nan: NaN, at: new Date(0), pair: [same, same], error };
  const line = await lineOf(() => log.info("odd", values));
  assert.deepEqual(line["circle"], { twice: [], self: "[circular]" });
  assert.equal(line["big"], "18446744073709551616");
  assert.equal(line["nan"], "NaN");
  assert.equal(line["at"], "1970-01-01T00:00:00.000Z");
  assert.deepEqual(line["pair"], [{ a: 1 }, { a: 1 }]);
  assert.deepEqual(line["error"], { name: "Error", message: "own cause", cause: "[circular]" });
});

Deno.test(
  "every level goes to stdout, a line each, before the process ends",
  sanitize,
  async () => {
    const module = (path: string) => JSON.stringify(import.meta.resolve(path));
    const script = `
    import { getLogger } from ${JSON.stringify(import.meta.resolve("@logtape/logtape"))};
    import { configureLogging } from ${module("../../src/observability/logging.ts")};
    configureLogging({ level: "trace" });
    const log = getLogger("a");
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
      log[level]("%s %c\\n" + level);
    }
    for (let i = 0; i < 1000; i++) log.info("line {i}", { i });
    Deno.exit(0);
  `;
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.ok(success, decode(stderr));
    assert.equal(decode(stderr), "");
    const lines: Line[] = decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, 1006);
    assert.equal(lines[4]!["message"], "%s %c\nerror");
    assert.equal(lines.at(-1)!["i"], 999);
  },
);
