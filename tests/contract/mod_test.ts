import assert from "node:assert/strict";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

Deno.test("the contract depends on zod alone", sanitize, async () => {
  const folder = new URL("../../src/contract/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, from] of text.matchAll(/\bfrom "([^"]+)"/g)) {
      assert.match(from!, /^(zod$|\.\/)/, name);
    }
  }
});
