import assert from "node:assert/strict";
import { requestIds, traceparentOf } from "../../src/observability/trace.ts";
import { sanitize } from "../http/fake_services.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

/** The headers of a request with this traceparent. */
function of(traceparent: string | null, tracestate?: string): Headers {
  return new Headers({
    ...(traceparent !== null && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  });
}

Deno.test("a valid traceparent's trace goes on", sanitize, () => {
  const valid = [
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-00`,
    `01-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-what-comes-later`,
  ];
  for (const header of valid) assert.equal(requestIds(of(header)).trace_id, TRACE, header);
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
    const { trace_id } = requestIds(of(header));
    assert.match(trace_id, /^[\da-f]{32}$/);
    assert.notEqual(trace_id, TRACE, String(header));
  }
});

Deno.test(
  "what a request calls is told its trace, its own span and the caller's flags",
  sanitize,
  () => {
    const ids = requestIds(of(`00-${TRACE}-${SPAN}-00`));
    assert.equal(traceparentOf(ids), `00-${TRACE}-${ids.span_id}-00`);
    assert.notEqual(ids.span_id, SPAN);
    assert.match(traceparentOf(requestIds(undefined)), /^00-[\da-f]{32}-[\da-f]{16}-01$/);
  },
);

Deno.test("a tracestate goes on with a valid traceparent, and only with one", sanitize, () => {
  const valid = `00-${TRACE}-${SPAN}-01`;
  assert.equal(requestIds(of(valid, "a=1,b=2")).tracestate, "a=1,b=2");
  assert.equal(requestIds(of(valid, "a=".padEnd(512, "b"))).tracestate?.length, 512);
  const dropped: [traceparent: string | null, tracestate?: string][] = [
    [valid],
    [valid, ""],
    [valid, "a=".padEnd(513, "b")],
    [null, "a=1"],
    [`${valid}-`, "a=1"],
  ];
  for (const headers of dropped.map((each) => of(...each))) {
    assert.ok(!("tracestate" in requestIds(headers)));
  }
});
