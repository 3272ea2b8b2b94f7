import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { getLogger, type LogLevel, resetSync } from "@logtape/logtape";
import { parseConfig } from "../../src/config.ts";
import {
  configureLogging,
  type LoggingOptions,
  runInRequest,
} from "../../src/observability/logging.ts";
import { requestIds } from "../../src/observability/trace.ts";

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

Deno.test("what an error carries along is hidden by its field, too", sanitize, async () => {
  const line = await lineOf(() =>
    log.error("failed", { error: new Error("no", { cause: { token: "hunter2", code: 3 } }) })
  );
  const cause = { token: "***", code: 3 };
  assert.deepEqual(line["error"], { name: "Error", message: "no", cause });
});

const ANSWERED = {
  ids: requestIds(undefined),
  method: "POST",
  route: "/score",
  status: 200,
  durationMs: 1.23456,
};

Deno.test("a request's line has its ids, what it was, and how long it took", sanitize, () => {
  const lines: string[] = [];
  configureLogging({ level: "info", sink: (line) => lines.push(line) })(ANSWERED);
  configureLogging({ level: "warning", sink: (line) => lines.push(line) })(ANSWERED);
  resetSync();
  const { trace_id, span_id, request_id } = ANSWERED.ids;
  const [{ timestamp, ...rest }, ...more] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(more, []);
  assert.ok(Date.now() - Date.parse(timestamp) >= 0);
  assert.deepEqual(rest, {
    ...{ level: "info", logger: "http", message: "Request", trace_id, span_id, request_id },
    ...{ method: "POST", route: "/score", status: 200, duration_ms: 1.235 },
  });
});

/** The text that `act` logs for people. */
function prettyOf(
  act: (logRequest: ReturnType<typeof configureLogging>) => unknown,
  level: LoggingOptions["level"] = "info",
): string {
  const lines: string[] = [];
  act(configureLogging({ level, format: "pretty", sink: (line) => lines.push(line) }));
  resetSync();
  // Colored where the tests run in a terminal.
  return stripVTControlCharacters(lines.join("\n"));
}

Deno.test("lines for people hold the same, and hide the same", sanitize, () => {
  const { trace_id, span_id, request_id } = ANSWERED.ids;
  const request = prettyOf((logRequest) => logRequest(ANSWERED));
  const ids = `trace_id=${trace_id} span_id=${span_id} request_id=${request_id}`;
  const rest = "method=POST route=/score status=200 duration_ms=1.235";
  assert.match(request.slice(0, 12), /^\d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(request.slice(12), ` info    http: Request ${ids} ${rest}`);
  const text = prettyOf(() => {
    log.warn("{user} was\nslow", {
      user: "a\x1b[2Jb",
      apiKey: "hunter2",
      list: [1, { content: "hunter2" }],
      server: "nats://u:hunter2@host",
      text: "two words\x1b[2J",
    });
  });
  assert.equal(
    text.slice(12),
    String.raw` warning http.score: a\u001b[2Jb was\nslow user="a\u001b[2Jb" apiKey=*** ` +
      String.raw`list=[1,{"content":"***"}] server=nats://***@host text="two words\u001b[2J"`,
  );
});

Deno.test("for people a stack has lines of its own", sanitize, () => {
  const error = new TypeError("bad", { cause: new RangeError("worse") });
  const [first, ...stack] = prettyOf(() => log.error("failed", { error }), "debug").split("\n");
  assert.match(first!, /error={"name":"TypeError","message":"bad","cause":{"name":"RangeError"/);
  assert.doesNotMatch(first!, /logging_test/);
  assert.match(stack.join("\n"), /^ {4}TypeError: bad\n {8}at .*logging_test.*RangeError: worse/s);
});
