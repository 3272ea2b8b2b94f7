import assert from "node:assert/strict";
import { z } from "zod";
import { tempFolder } from "../cli/harness.ts";
import { completion, Stub } from "../llm/stub.ts";
import { test } from "../support/scorer.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const SERVER = 2;
const CLIENT = 3;

const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  name: z.string(),
  kind: z.int(),
  attributes: z.array(z.object({ key: z.string(), value: z.object({ stringValue: z.string() }) })),
});
const Traces = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(Span) })) })),
});

/** A collector of OTLP over HTTP, which keeps the spans. */
class Collector implements AsyncDisposable {
  readonly spans: z.infer<typeof Span>[] = [];
  readonly bodies: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (r) => {
      const body = await r.text();
      this.bodies.push(body);
      if (new URL(r.url).pathname === "/v1/traces") {
        const { resourceSpans } = Traces.parse(JSON.parse(body));
        for (const { scopeSpans } of resourceSpans) {
          for (const { spans } of scopeSpans) this.spans.push(...spans);
        }
      }
      return Response.json({});
    });
  }

  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** As `deno task start`, which may not read these. */
const FLAGS = ["--deny-env=OTEL_DENO,OTEL_EXPORTER_OTLP_ENDPOINT"];

const traceparent = `00-${TRACE}-${SPAN}-01`;

test("with OTEL_DENO a request has one server span, and all ids are that span's", async () => {
  await using folder = await tempFolder();
  await using collector = new Collector();
  await using stub = new Stub(completion('["no"]'), completion('[{"content": "Now."}]'));
  const env = {
    STATE_DIR: `${folder.path}/state`,
    LITELLM_URL: stub.url.replace("//", "//ada:hunter2@"),
    ...collector.env,
  };
  await using service = await Service.start(env, FLAGS);
  const call = async (path: string, headers: Record<string, string>, body?: unknown) => {
    const response = await fetch(`${service.url}${path}`, {
      headers: { "content-type": "application/json", ...headers },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    await response.body?.cancel();
    return response.headers.get("traceresponse")!.split("-");
  };
  const context = { hour_of_day: 9 };
  const answers = [
    await call("/stats/ada", { traceparent }),
    await call("/generate", { traceparent, tracestate: "a=1" }, { user_id: "ada", context }),
    await call("/stats/ada", { traceparent: `${traceparent}-more`, tracestate: "a=1" }),
    await call("/nowhere", {}),
  ];
  const servers = () => collector.spans.filter(({ kind }) => kind === SERVER);
  await until("the spans are there", () => servers().length >= answers.length);
  assert.equal((await service.stop()).code, 0);

  assert.equal(servers().length, answers.length);
  const requests = service.lines.filter(({ message }) => message === "Request");
  const names = ["GET /stats/:user_id", "POST /generate", "GET /stats/:user_id", "GET"];
  for (const [i, [, trace, span]] of answers.entries()) {
    const found = servers().filter(({ spanId }) => spanId === span);
    assert.equal(found.length, 1);
    const [{ traceId, name, attributes }] = found as [z.infer<typeof Span>];
    assert.deepEqual([traceId, name], [trace, names[i]]);
    const route = attributes.find(({ key }) => key === "http.route")?.value.stringValue;
    assert.equal(route, names[i]!.split(" ")[1]);
    assert.deepEqual([requests[i]?.["trace_id"], requests[i]?.["span_id"]], [trace, span]);
  }
  assert.deepEqual(answers.map(([, trace]) => trace === TRACE), [true, true, false, false]);
  assert.equal(servers().find(({ spanId }) => spanId === answers[0]![2])?.parentSpanId, SPAN);

  // The gateway is told of Deno's own span of each fetch, once.
  const fetches = collector.spans.filter(({ kind }) => kind === CLIENT);
  assert.equal(fetches.length, 2);
  assert.deepEqual(
    stub.received.map(({ headers }) => headers.get("traceparent")).toSorted(),
    fetches.map(({ spanId }) => `00-${TRACE}-${spanId}-01`).toSorted(),
  );
  for (const { traceId, parentSpanId } of fetches) {
    assert.deepEqual([traceId, parentSpanId], [TRACE, answers[1]![2]]);
  }
  assert.deepEqual(stub.received.map(({ headers }) => headers.get("tracestate")), ["a=1", "a=1"]);
  assert.doesNotMatch(collector.bodies.join(""), /hunter2/);
});

test("without OTEL_DENO nothing of OpenTelemetry is exported", async () => {
  await using folder = await tempFolder();
  await using collector = new Collector();
  const env = { STATE_DIR: `${folder.path}/state`, ...collector.env, OTEL_DENO: "false" };
  await using service = await Service.start(env, FLAGS);
  const response = await fetch(`${service.url}/stats/ada`, { headers: { traceparent } });
  await response.body?.cancel();
  assert.match(response.headers.get("traceresponse")!, new RegExp(`^00-${TRACE}-`));
  assert.equal((await service.stop()).code, 0);
  assert.deepEqual(collector.bodies, []);
});
