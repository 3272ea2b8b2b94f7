import { getLogger } from "@logtape/logtape";
import type { Config } from "../config.ts";
import { pythonFilesNotImported } from "../python_state/marker.ts";

const logger = getLogger(["scorer"]);

/** Warns where the state is not safe, and where there is more of it than the service knows. */
export async function warnOfState({ stateDir }: Config): Promise<void> {
  if (stateDir === "/tmp" || stateDir.startsWith("/tmp/")) {
    logger.warn("STATE_DIR {state_dir} is under /tmp, which the system may empty at any time", {
      state_dir: stateDir,
    });
  }
  const files = await pythonFilesNotImported(stateDir);
  if (files.length > 0) {
    logger.warn(
      "STATE_DIR holds {count} files of the Python service that were never imported; see " +
        "'deno task cli import-python-state --help'",
      { count: files.length, files: files.slice(0, 10) },
    );
  }
}
