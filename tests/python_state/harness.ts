import { join } from "node:path";
import { importPythonState, type ImportReport } from "../../src/python_state/import.ts";
import { MemoryStore, type Store } from "../../src/store/mod.ts";

/** Sanitizers, which Deno leaves off by default. */
export const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

/** A store of this test. */
export const memory = () => new MemoryStore({ decisionLogSize: 256 });

/** A folder of this test, gone when it ends. */
export async function folder(files: Readonly<Record<string, unknown>> = {}) {
  const path = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), JSON.stringify(content));
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A policy file of dimension d, told from others by its cumulative reward. */
export function policyFile(d: number, cumulative_reward = 0) {
  const A = Array.from(
    { length: d },
    (_, i) => Array.from({ length: d }, (_, j) => +(i === j) * 2),
  );
  const meta = {
    pulls: 1,
    reward_count: 1,
    cumulative_reward,
    last_updated: "2026-04-25T10:00:00Z",
  };
  return { A, b: A.map(() => 0.5), meta };
}

/** Imports a folder of such files. */
export async function importInto(
  store: Store,
  files: Readonly<Record<string, unknown>>,
  users: readonly string[],
  options: { readonly force?: boolean; readonly dryRun?: boolean } = {},
): Promise<ImportReport> {
  await using directory = await folder(files);
  return await importPythonState({ directory: directory.path, users, store, ...options });
}
