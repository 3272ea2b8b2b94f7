import assert from "node:assert/strict";
import { join } from "node:path";
import { cli, sanitize, tempFolder } from "./harness.ts";

const written = new URL("../../openapi.json", import.meta.url);

Deno.test("the document is printed, or written, as it lies in the project", sanitize, async () => {
  await using folder = await tempFolder();
  const expected = await Deno.readTextFile(written);
  assert.equal((await cli(["openapi"])).out, expected);
  const out = join(folder.path, "openapi.json");
  assert.deepEqual(await cli(["openapi", "--out", out]), { code: 0, out: "", err: "" });
  assert.equal(await Deno.readTextFile(out), expected);
  const { code, err } = await cli(["openapi", "--out", "/no/such/file"]);
  assert.equal(code, 2);
  assert.match(err, /cannot be written/);
});
