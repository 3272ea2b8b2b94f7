import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf, pythonFilesNotImported, recordImported } from "../../src/python_state/marker.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };
const MODEL = '{"A": [[1]], "b": [0], "meta": {}}';

async function stateDir(files: Readonly<Record<string, string>>) {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("only files that the Python service wrote are told of", sanitize, async () => {
  await using dir = await stateDir({
    "b.json": MODEL,
    "a_sync.json": '{"last_sync_ts": "t", "task_count": 1}',
    "other.json": '{"hello": 1}',
    "package-lock.json": MODEL,
    "scorer.sqlite3": MODEL,
  });
  assert.deepEqual(await pythonFilesNotImported(dir.path), ["a_sync.json", "b.json"]);
});

Deno.test("imported files are not told of, until they are written again", sanitize, async () => {
  await using dir = await stateDir({ "a.json": MODEL, "b.json": MODEL });
  await recordImported(dir.path, { "a.json": digestOf(MODEL) });
  assert.deepEqual(await pythonFilesNotImported(dir.path), ["b.json"]);
  await recordImported(dir.path, { "b.json": digestOf(MODEL) });
  assert.deepEqual(await pythonFilesNotImported(dir.path), []);
  await Deno.writeTextFile(join(dir.path, "a.json"), `${MODEL}\n`);
  assert.deepEqual(await pythonFilesNotImported(dir.path), ["a.json"]);
});

Deno.test("a marker that is damaged vouches for nothing", sanitize, async () => {
  await using dir = await stateDir({ "a.json": MODEL });
  await recordImported(dir.path, { "a.json": digestOf(MODEL) });
  for (const text of ["", "{", '{"version": 2}', "[]"]) {
    await Deno.writeTextFile(join(dir.path, ".python-import.json"), text);
    assert.deepEqual(await pythonFilesNotImported(dir.path), ["a.json"], text);
  }
});

Deno.test("a state directory that is not there yet holds nothing", sanitize, async () => {
  await using dir = await stateDir({});
  assert.deepEqual(await pythonFilesNotImported(dir.path), []);
  assert.deepEqual(await pythonFilesNotImported(join(dir.path, "missing")), []);
});
