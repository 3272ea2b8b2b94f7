/**
 * The image's command on a root file system that is read-only but for the state: what
 * `read_only: true` of deploy/compose.yaml asks of it. In a mount namespace, as there is no
 * container engine here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { client } from "../support/http.ts";
import { Service } from "../support/service.ts";
import { testWith } from "../support/skip.ts";
import { instructions } from "./image.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const NAMESPACES = {
  command: "unshare",
  args: ["-rm", "true"],
  why: "unshare -rm is not allowed here, so that no file system can be made read-only",
};

/** Makes every mount read-only but the state's, proves it, and becomes the command. */
const READ_ONLY = `
set -e
state=$0
mount --bind "$state" "$state"
cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
  case $point in
    "$state" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) ;;
    *) mount -o remount,bind,ro "$point" 2>/dev/null || true ;;
  esac
done
for place in /tmp "$HOME" "$DENO_DIR" "$PWD"; do
  if touch "$place/written" 2>/dev/null; then
    rm "$place/written"
    echo "$place can be written to" >&2
    exit 3
  fi
done
exec "$@"`;

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** An instruction's command, with the image's paths turned into those of this machine. */
function commandOf(json: string, dir: string, state: string): string[] {
  const words: string[] = JSON.parse(json);
  return words.map((word) =>
    word === "deno"
      ? Deno.execPath()
      : word.replace(/(?<=[=,])\/(app|deno-dir|data)(?=,|$)/g, (_, name: string) =>
        ({ app: root, "deno-dir": dir })[name] ?? state)
  );
}

testWith(NAMESPACES, "the image's command runs where only the state can be written", async () => {
  const dockerfile = instructions(await Deno.readTextFile(join(root, "Dockerfile")));
  const rest = (word: string) => dockerfile.findLast((each) => each.word === word)!.rest;
  const dir = await denoDir();
  const state = await Deno.makeTempDir({ prefix: "scorer-" });
  const spawn = (command: readonly string[], env: Record<string, string>) =>
    new Deno.Command("unshare", {
      args: ["-rm", "sh", "-c", READ_ONLY, state, ...command],
      cwd: root,
      env: { ENV: "production", HOST: "127.0.0.1", STATE_DIR: state, DENO_DIR: dir, ...env },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  try {
    const child = spawn(commandOf(rest("CMD"), dir, state), { PORT: "0" });
    await using service = await Service.on(child);
    const candidates = [{ id: "tip-1", content: "c", source: "s" }];
    const api = client(service.url);
    const { decision_id } = await api.score({ user_id: "ada", candidates });
    await api.reward({ user_id: "ada", decision_id, reward: 1 });
    const page = await fetch(`${service.url}/docs/swagger-ui-bundle.js`);
    assert.equal(page.status, 200);
    await page.body?.cancel();

    const check = commandOf(rest("HEALTHCHECK").replace(/^.*? CMD /, ""), dir, state);
    const health = await spawn(check, { PORT: new URL(service.url).port }).output();
    assert.equal(health.code, 0, new TextDecoder().decode(health.stderr));

    // As an operator calls commands in the container.
    const task = await spawn([Deno.execPath(), "task", "cli", "--help"], {}).output();
    assert.equal(task.code, 0, new TextDecoder().decode(task.stderr));

    assert.equal((await service.stop("SIGTERM")).code, 0);
    assert.equal(service.complaints, "");
  } finally {
    await Deno.remove(state, { recursive: true });
  }
});
