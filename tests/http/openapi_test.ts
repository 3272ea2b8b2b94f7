import assert from "node:assert/strict";
import { openApiText } from "../../src/http/openapi_text.ts";
import { fakeApp, sanitize } from "./fake_services.ts";

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
  const shown = app.routes.map(({ method, path }) =>
    `${method} ${path.replace(":user_id", "{user_id}")}`
  )
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
  const general = ["Error404", "Error405"].map((name) => `responses/${name}`);
  assert.deepEqual([...used.union(new Set(general))].sort(), present.sort());
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
    }
  }
});
