import assert from "node:assert/strict";
import { ForbiddenError } from "../../src/http/errors.ts";
import { fakeApp, post, sanitize, SCORE } from "./fake_services.ts";

const POLICY = "default-src 'none'; frame-ancestors 'none'";

Deno.test("every answer tells browsers and caches to make nothing of it", sanitize, async () => {
  const { app, services } = fakeApp();
  services.admission = ({ operation }) => {
    if (operation?.tag === "user") throw new ForbiddenError("no");
  };
  const requests: [path: string, init: RequestInit, status: number][] = [
    ["/score", post("{"), 422],
    ["/score", {}, 405],
    ["/nothing", {}, 404],
    ["/features/u", {}, 403],
    ["/health", { method: "HEAD" }, 200],
  ];
  for (const [path, init, status] of requests) {
    const { headers, body, status: found } = await app.request(path, init);
    await body?.cancel();
    assert.equal(found, status);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("content-security-policy"), POLICY);
  }
});

Deno.test("what a POST is answered is what its type says", sanitize, async () => {
  const { app } = fakeApp();
  const { headers, body } = await app.request("/score", post(SCORE));
  await body?.cancel();
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("content-type"), "application/json");
});

Deno.test("what a route says of itself stays", sanitize, async () => {
  const { app } = fakeApp();
  const cases: [path: string, cache: string, policy: RegExp][] = [
    ["/docs", "no-cache", /script-src 'self'/],
    ["/docs/start.js", "public, max-age=3600", /script-src 'self'/],
    ["/openapi.json", "no-cache", /^default-src 'none'; frame-ancestors 'none'$/],
  ];
  for (const [path, cache, policy] of cases) {
    const { headers, body } = await app.request(path);
    await body?.cancel();
    assert.equal(headers.get("cache-control"), cache);
    assert.match(headers.get("content-security-policy") ?? "", policy);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});
