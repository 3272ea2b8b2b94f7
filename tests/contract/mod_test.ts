import assert from "node:assert/strict";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

Deno.test("the contract depends on zod alone", sanitize, async () => {
  const folder = new URL("../../src/contract/", import.meta.url);
  for (const inside of ["", "events/"]) {
    for await (const { name, isFile } of Deno.readDir(new URL(inside, folder))) {
      if (!isFile) continue;
      const text = await Deno.readTextFile(new URL(inside + name, folder));
      for (const [, from] of text.matchAll(/\bfrom "([^"]+)"/g)) {
        assert.ok(
          from === "zod" || new URL(from!, new URL(inside, folder)).href.startsWith(folder.href),
          name,
        );
      }
    }
  }
});
