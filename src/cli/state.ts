import { join } from "node:path";
import { takeCopy } from "../backup/snapshot.ts";
import { parseConfig } from "../config.ts";
import { DATABASE } from "../store/deno_kv/open.ts";
import type { Terminal } from "./command.ts";
import { startProgress } from "./progress.ts";

/** Where a command finds the state. */
export interface State {
  readonly stateDir: string;
  readonly database: string;
  readonly decisionLogSize: number;
}

/** The state that --state-dir or the environment names. */
export function stateOf(stateDir: string | undefined, { env }: Terminal): State {
  const config = parseConfig({
    STATE_DIR: stateDir ?? env("STATE_DIR"),
    DECISION_LOG_SIZE: env("DECISION_LOG_SIZE"),
  });
  return { ...config, database: join(config.stateDir, DATABASE) };
}

/**
 * A temporary copy of a database, with a progress bar while it is made.
 *
 * @throws {StoreOpenError} there is no such database
 * @throws {BackupError} it cannot be copied
 */
export async function copyWatched(database: string, folder: string, terminal: Terminal) {
  using progress = startProgress(0, "pages copied", terminal);
  return await takeCopy({
    database,
    folder,
    onPages: (copied, total) => progress.set(copied, total),
  });
}
