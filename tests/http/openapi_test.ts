import assert from "node:assert/strict";
import { z } from "zod";
import { OkResponse } from "../../src/contract/mod.ts";
import { endpoint } from "../../src/http/endpoint.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { openApiText } from "../../src/http/openapi_text.ts";
import { fakeApp, sanitize } from "./fake_services.ts";

const MADE = { tag: "t", summary: "s", answer: OkResponse, errors: [] } as const;
const Described = z.object({
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(z.string(), z.unknown()),
});
const WAY_IN = ["401", "403", "408", "414", "429"];

const document = JSON.parse(await openApiText());

Deno.test(
  "openapi.json is what the routes say; else run scripts/openapi.ts",
  sanitize,
  async () => {
    const file = new URL("../../openapi.json", import.meta.url);
    assert.equal(await Deno.readTextFile(file), await openApiText());
  },
);

Deno.test("the document is what the service answers", sanitize, async () => {
  const { app } = fakeApp();
  const response = await app.request("/openapi.json");
  assert.deepEqual(await response.json(), document);
  assert.equal(document.openapi, "3.1.0");
  assert.equal(document.info.title, "oO ML Serving");
});

Deno.test("every route is in it, but those that show it", sanitize, () => {
  const { app } = fakeApp();
  const shown = app.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, "{$1}")}`)
    .filter((route) => !/ \/(docs|openapi\.json)/.test(route));
  const found = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assert.deepEqual(found.toSorted(), shown.toSorted());
});

Deno.test("every reference leads somewhere, and nothing is left over", sanitize, () => {
  const text = JSON.stringify(document);
  const used = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, ref]) => ref),
  );
  const present = Object.entries<object>(document.components)
    .flatMap(([kind, entries]) => Object.keys(entries).map((name) => `${kind}/${name}`));
  const secured = Object.values<Record<string, { security: object[] }>>(document.paths)
    .flatMap((methods) => Object.values(methods).flatMap(({ security }) => security))
    .flatMap((each) => Object.keys(each).map((name) => `securitySchemes/${name}`));
  const general = ["responses/Error404", "responses/Error405", ...secured];
  assert.deepEqual([...used.union(new Set(general))].sort(), present.sort());
});

Deno.test("each operation tells who may call it, and how the way in may refuse", sanitize, () => {
  const { app } = fakeApp();
  app.post("/made", endpoint({ ...MADE, access: "operator" }, () => ({ ok: true as const })));
  app.get("/made/metrics", endpoint({ ...MADE, access: "metrics" }, () => ({ ok: true as const })));
  const paths = z.record(z.string(), z.record(z.string(), Described));
  const described = paths.parse(openApiDocument(app.routes)["paths"]);
  const cases: [method: string, path: string, security: string, refusals: string][] = [
    ["get", "/health", "", "414"],
    ["get", "/ready", "", "414"],
    ["get", "/stats/{user_id}", "api, admin, ", "401 414 429"],
    ["post", "/score", "api, admin, ", "401 408 414 429"],
    ["post", "/reset/{user_id}", "api, admin, ", "401 403 414 429"],
    ["get", "/made/metrics", "api, admin, ", "401 414 429"],
    ["post", "/made", "admin, ", "401 403 414 429"],
  ];
  for (const [method, path, security, refusals] of cases) {
    const found = described[path]?.[method];
    assert.equal(found?.security.map((each) => Object.keys(each).join()).join(", "), security);
    const shown = Object.keys(found.responses).filter((each) => WAY_IN.includes(each));
    assert.equal(shown.join(" "), refusals, path);
  }
  assert.deepEqual(document.components.securitySchemes.api.scheme, "bearer");
});

Deno.test("every operation can be called by its own name", sanitize, () => {
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths)
    .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("rewards take an Idempotency-Key, and every route a traceparent", sanitize, () => {
  for (
    const [path, methods] of Object.entries<Record<string, { parameters: object[] }>>(
      document.paths,
    )
  ) {
    for (const { parameters } of Object.values(methods)) {
      const names = parameters.map((parameter) =>
        "name" in parameter ? parameter.name : "$ref" in parameter ? parameter.$ref : ""
      );
      assert(names.includes("#/components/parameters/traceparent"));
      assert.equal(names.includes("Idempotency-Key"), path.startsWith("/reward"));
      assert.equal(names.includes("user_id"), path.includes("{user_id}"));
      assert.equal(names.includes("name"), path.includes("{name}"));
    }
  }
});
