import assert from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../src/http/body.ts";
import { fakeApp, post, problems, sanitize, SCORE } from "./fake_services.ts";

const TEXT = JSON.stringify(SCORE);
const BYTES = new TextEncoder().encode(TEXT);

/** A body without a Content-Length, in chunks. */
function chunked(...chunks: Uint8Array<ArrayBuffer>[]): RequestInit {
  return { ...post(""), body: ReadableStream.from(chunks) };
}

Deno.test("a body must be said to be JSON", sanitize, async () => {
  const { app } = fakeApp();
  const types = {
    "application/json": 200,
    "application/json; charset=utf-8": 200,
    "Application/JSON ;charset=UTF-8": 200,
    "application/json;": 200,
    "text/plain": 415,
    "application/jsonp": 415,
    "application/problem+json": 415,
    "text/json, application/json": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "": 415,
  };
  for (const [type, status] of Object.entries(types)) {
    const response = await app.request("/score", post(SCORE, { "content-type": type }));
    assert.equal(response.status, status, type);
  }
  const untyped = await app.request("/score", { method: "POST", body: BYTES });
  assert.equal(untyped.status, 415);
  assert.deepEqual(await untyped.json(), { detail: "The Content-Type must be application/json" });
});

Deno.test("a missing body is a missing field, whatever its type", sanitize, async () => {
  const { app } = fakeApp();
  for (const init of [{ method: "POST" }, post(""), chunked()]) {
    const response = await app.request("/score", init);
    assert.equal(response.status, 422);
    assert.deepEqual(await problems(response), ["body missing"]);
  }
});

Deno.test("a body is 1 MiB at most, declared or not", sanitize, async () => {
  const { app, services } = fakeApp();
  const largest = TEXT.padEnd(MAX_BODY_BYTES);
  const over = new TextEncoder().encode(largest + " ");
  const half = over.subarray(0, MAX_BODY_BYTES / 2);
  assert.equal((await app.request("/score", post(largest))).status, 200);
  const length = { "content-length": String(MAX_BODY_BYTES) };
  assert.equal((await app.request("/score", post(largest, length))).status, 200);
  services.calls.splice(0);
  const tooLarge = [
    post(largest + " "),
    post("{}", { "content-length": String(MAX_BODY_BYTES + 1) }),
    post(largest + " ", { "content-length": "2" }),
    chunked(half, half, half),
    chunked(over),
  ];
  for (const init of tooLarge) {
    const response = await app.request("/score", init);
    assert.equal(response.status, 413);
    assert.deepEqual(await response.json(), { detail: "The body is larger than 1 MiB" });
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("a body in chunks is the same body", sanitize, async () => {
  const { app, services } = fakeApp();
  const bytes = new TextEncoder().encode(JSON.stringify({ ...SCORE, user_id: "é東😀" }));
  const response = await app.request("/score", chunked(...[...bytes].map((b) => Uint8Array.of(b))));
  assert.equal(response.status, 200);
  assert(services.calls[0]?.use === "score");
  assert.equal(services.calls[0].request.user_id, "é東😀");
});

Deno.test("a body that ends early is no fault of the service", sanitize, async () => {
  const { app, services } = fakeApp();
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error("connection reset by 10.0.0.1"));
    },
  });
  const response = await app.request("/score", { ...post(""), body });
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), { detail: "The body ended early" });
  assert.deepEqual(services.logged, []);
});

Deno.test("what is not JSON is a 422 that quotes nothing", sanitize, async () => {
  const { app, services } = fakeApp();
  const bodies = ["{", "{'user_id': 1}", "NaN", "[1,]", '"\u0001"', "secret", "[".repeat(500_000)];
  for (const body of bodies) {
    const response = await app.request("/score", post(body));
    assert.equal(response.status, 422);
    assert.deepEqual(await response.json(), {
      detail: [{ loc: ["body"], msg: "The body is not JSON", type: "json_invalid" }],
    });
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("JSON that is no object is a 422, however deep", sanitize, async () => {
  const { app } = fakeApp();
  const deep = "[".repeat(500_000) + "]".repeat(500_000);
  for (const body of ["null", "[]", '"x"', "1", "true", deep]) {
    const response = await app.request("/score", post(body));
    assert.deepEqual(await problems(response), ["body model_attributes_type"]);
  }
});

Deno.test("a body is UTF-8, with or without a byte order mark", sanitize, async () => {
  const { app, services } = fakeApp();
  const invalid = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]];
  for (const bytes of invalid) {
    const body = Uint8Array.of(...BYTES.subarray(0, 12), ...bytes, ...BYTES.subarray(12));
    const response = await app.request("/score", { ...post(""), body });
    assert.equal(response.status, 422);
    assert.deepEqual(await problems(response), ["body json_invalid"]);
  }
  assert.deepEqual(services.calls, []);
  const marked = Uint8Array.of(0xef, 0xbb, 0xbf, ...BYTES);
  assert.equal((await app.request("/score", { ...post(""), body: marked })).status, 200);
  const replacement = post({ ...SCORE, user_id: "\ufffd" });
  assert.equal((await app.request("/score", replacement)).status, 200);
});

Deno.test("of two fields with one name the last counts", sanitize, async () => {
  const { app, services } = fakeApp();
  await app.request("/score", post(`{"user_id": 5, ${TEXT.slice(1)}`));
  assert(services.calls[0]?.use === "score");
  assert.equal(services.calls[0].request.user_id, "u");
});

Deno.test("a prototype cannot be sent", sanitize, async () => {
  const { app, services } = fakeApp();
  const response = await app.request("/score", post(`{"__proto__": ${TEXT}}`));
  assert.deepEqual(await problems(response), ["body.user_id missing", "body.candidates missing"]);
  const polluted = `{"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}, ${
    TEXT.slice(1)
  }`;
  assert.equal((await app.request("/score", post(polluted))).status, 200);
  assert.equal("polluted" in {}, false);
  assert.equal(services.calls.length, 1);
});
