import assert from "node:assert/strict";
import { requestIds } from "../../src/http/request_scope.ts";
import { fakeApp, post, sanitize, SCORE } from "./fake_services.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

Deno.test("a valid traceparent's trace goes on", sanitize, () => {
  const valid = [
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-00`,
    `01-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-what-comes-later`,
  ];
  for (const header of valid) assert.equal(requestIds(header).trace_id, TRACE, header);
});

Deno.test("any other traceparent starts a new trace", sanitize, () => {
  const invalid = [
    null,
    "",
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01-`,
    `00-${TRACE}-${SPAN}-1`,
    `01-${TRACE}-${SPAN}-012`,
    `ff-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ];
  for (const header of invalid) {
    const { trace_id } = requestIds(header);
    assert.match(trace_id, /^[\da-f]{32}$/);
    assert.notEqual(trace_id, TRACE, String(header));
  }
});

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
