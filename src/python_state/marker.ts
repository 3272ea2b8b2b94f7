import { hash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { isPythonName } from "./names.ts";

/** Says in STATE_DIR which files were imported. No user's file has a `.` or `-` in its stem. */
const MARKER = ".python-import.json";
const Marker = z.object({ version: z.literal(1), sha256: z.record(z.string(), z.string()) });

/** The sha256, in hex, of each imported file by its name. */
export type Imported = Readonly<Record<string, string>>;

/** What {@linkcode recordImported} compares files by. */
export function digestOf(content: string): string {
  return hash("sha256", content);
}

async function readMarker(stateDir: string): Promise<Imported> {
  try {
    const text = await Deno.readTextFile(join(stateDir, MARKER));
    return Marker.parse(JSON.parse(text)).sha256;
  } catch (error) {
    // A marker that cannot be read vouches for nothing: the files are warned of again.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return {};
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Adds to the files that STATE_DIR remembers as imported. */
export async function recordImported(stateDir: string, files: Imported): Promise<void> {
  const before = await readMarker(stateDir);
  const sha256 = { ...before, ...files };
  const path = join(stateDir, MARKER);
  const next = `${path}.next`;
  await Deno.writeTextFile(next, JSON.stringify({ version: 1, sha256 }), { mode: 0o600 });
  await Deno.rename(next, path);
}

/** Whether a text begins as the Python service's files do, whatever order their keys are in. */
function looksPython(content: string): boolean {
  return /^\s*\{\s*"(A|b|meta|last_sync_ts|task_count)"\s*:/.test(content);
}

/**
 * The names of the Python service's files in STATE_DIR that were never imported, or were
 * written again since: what the service warns of when it starts. It reads every such file, so
 * a start should not wait for it.
 */
export async function pythonFilesNotImported(stateDir: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(stateDir)) {
      if (isFile && isPythonName(name)) names.push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  if (names.length === 0) return names;
  const imported = await readMarker(stateDir);
  const found: string[] = [];
  for (const name of names.sort()) {
    const content = await Deno.readTextFile(join(stateDir, name));
    if (looksPython(content) && imported[name] !== digestOf(content)) found.push(name);
  }
  return found;
}
