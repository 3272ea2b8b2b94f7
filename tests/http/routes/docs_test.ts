import assert from "node:assert/strict";
import { fakeApp, sanitize } from "../fake_services.ts";

Deno.test("the docs load nothing but what the service itself has", sanitize, async () => {
  const { app } = fakeApp();
  const page = await app.request("/docs");
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const html = await page.text();
  assert.doesNotMatch(html, /https?:|<script>|<style|\son\w+=/);
  const files = [...html.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, file]) => file);
  assert.deepEqual(files, ["docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"]);
  for (const file of files) {
    const response = await app.request(`/${file}`);
    assert.equal(response.status, 200, file);
    assert.match(
      response.headers.get("content-type") ?? "",
      /^text\/(css|javascript); charset=utf-8$/,
    );
    assert.equal(response.headers.get("cache-control"), "public, max-age=3600");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert((await response.text()).length > 50);
  }
});

Deno.test("a browser is told to load nothing from elsewhere", sanitize, async () => {
  const { app } = fakeApp();
  const policy = (await app.request("/docs")).headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/);
});

Deno.test("Swagger UI reads our document and asks no validator", sanitize, async () => {
  const { app } = fakeApp();
  const script = await (await app.request("/docs/start.js")).text();
  let options: Record<string, unknown> = {};
  new Function("SwaggerUIBundle", script)((given: typeof options) => options = given);
  assert.equal(options["url"], "openapi.json");
  assert.equal(options["validatorUrl"], null);
});
