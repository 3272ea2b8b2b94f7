import assert from "node:assert/strict";
import { NotReadyError } from "../../src/http/errors.ts";
import { fakeApp, post, sanitize, SCORE } from "./fake_services.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

Deno.test("every answer names its request, whatever it is", sanitize, async () => {
  const { app, services } = fakeApp();
  services.failure = new Error("no");
  const traceparent = `00-${TRACE}-${SPAN}-01`;
  const requests: [path: string, init: RequestInit][] = [
    ["/score", post(SCORE, { traceparent })],
    ["/score", post("{", { traceparent })],
    ["/score", { method: "PUT", headers: { traceparent } }],
    ["/nope", { headers: { traceparent } }],
    ["/health", { headers: { traceparent } }],
    ["/docs", { headers: { traceparent } }],
  ];
  for (const [path, init] of requests) {
    const response = await app.request(path, init);
    const ids = services.requests.pop();
    assert.equal(ids?.trace_id, TRACE);
    assert.equal(response.headers.get("x-request-id"), ids.request_id);
    assert.equal(response.headers.get("traceresponse"), `00-${TRACE}-${ids.span_id}-01`);
  }
  const seen = new Set(
    await Promise.all(
      Array.from(
        { length: 100 },
        async () => (await app.request("/health")).headers.get("x-request-id"),
      ),
    ),
  );
  assert.equal(seen.size, 100);
});

Deno.test(
  "every request is told of once, by its route and never by its path",
  sanitize,
  async () => {
    const { app, services } = fakeApp();
    const requests: [path: string, init: RequestInit, route: string, status: number][] = [
      ["/score", post(SCORE), "/score", 200],
      ["/score", post("{"), "/score", 422],
      ["/stats/egreedy/somebody%20secret", {}, "/stats/egreedy/:user_id", 200],
      ["/stats/egreedy/x", { method: "HEAD" }, "/stats/egreedy/:user_id", 200],
      ["/docs", {}, "/docs", 200],
      ["/score", { method: "PUT" }, "(none)", 405],
      ["/somebody/secret", {}, "(none)", 404],
    ];
    for (const [path, init, route, status] of requests) {
      const response = await app.request(path, init);
      await response.body?.cancel();
      const [answer, ...more] = services.answers.splice(0);
      assert.deepEqual(more, []);
      assert.equal(answer?.route, route);
      assert.equal(answer.status, status);
      assert.equal(answer.status, response.status);
      assert.equal(answer.method, init.method ?? "GET");
      assert.ok(answer.durationMs >= 0);
      assert.equal(answer.ids.request_id, response.headers.get("x-request-id"));
    }
  },
);

Deno.test("a request that is not let in never reaches its handler", sanitize, async () => {
  const { app, services } = fakeApp();
  services.admission = ({ operation }) => {
    if (operation?.tag === "score") throw new NotReadyError("not now");
  };
  const response = await app.request("/score", post(SCORE));
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { detail: "not now" });
  assert.deepEqual(services.calls, []);
  assert.equal(services.answers[0]?.status, 503);
  assert.equal((await app.request("/health")).status, 200);
});

Deno.test("what is thrown and is no error is answered and logged as one", sanitize, async () => {
  const { app, services } = fakeApp();
  services.failure = "thrown";
  const response = await app.request("/score", post(SCORE));
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { detail: "Internal Server Error" });
  assert.equal(services.answers.at(-1)?.status, 500);
  const error = services.logged.at(-1)?.properties?.["error"];
  assert.ok(error instanceof Error && error.cause === "thrown");
});
