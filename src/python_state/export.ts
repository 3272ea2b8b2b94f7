import { Buffer } from "node:buffer";
import { join } from "node:path";
import { selectedUsers, type Selection } from "../export/export.ts";
import { pythonFiles } from "./write.ts";

/** The longest name of a file that systems take, in bytes. */
const MAX_NAME_BYTES = 255;

/** Which users to write, and where to. */
export interface PythonExportOptions extends Selection {
  /** An empty folder. */
  readonly directory: string;
  /** Called after each user. */
  readonly onUser?: () => void;
}

/** The names of files that are those of two users, as the Python service has no way to tell. */
async function sharedNames(selection: Selection): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const shared = new Set<string>();
  // What is skipped is told of by the second reading.
  for await (const stored of selectedUsers({ ...selection, onSkipped: () => {} })) {
    for (const { name } of pythonFiles(stored)) {
      if (names.has(name)) shared.add(name);
      names.add(name);
    }
  }
  return shared;
}

/**
 * Writes the Python service's files. A user is skipped, whole, where a file has the name of
 * another user's.
 *
 * @returns how many users were written
 */
export async function exportPythonState(options: PythonExportOptions): Promise<number> {
  const { directory, onSkipped, onUser } = options;
  const shared = await sharedNames(options);
  let written = 0;
  for await (const stored of selectedUsers(options)) {
    const { user } = stored;
    const files = pythonFiles(stored);
    const common = files.find(({ name }) => shared.has(name));
    const long = files.find(({ name }) => Buffer.byteLength(name) > MAX_NAME_BYTES);
    if (common) {
      onSkipped({ user, reason: `${common.name} is another user's file as well` });
    } else if (long) {
      onSkipped({ user, reason: "the name of its file is too long" });
    } else {
      for (const { name, text } of files) {
        await Deno.writeTextFile(join(directory, name), text, { createNew: true, mode: 0o600 });
      }
      written++;
    }
    onUser?.();
  }
  return written;
}
