import assert from "node:assert/strict";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { test } from "../support/scorer.ts";

const KILLS = 15;
const decisionLogSize = 100;
/** So small that decisions are always on their way from the journal to their users. */
const journalBytes = 8_000;

test(`kill -9 while the journal moves, ${KILLS} times: no decision is lost or doubled, nor its count`, async () => {
  const parent = await Deno.makeTempDir({ prefix: "scorer-" });
  const directory = `${parent}/state`;
  const answered = new Map<string, number>();
  const child = new URL("./journal_child.ts", import.meta.url).pathname;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const process = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-sys=uid"].concat(
          child,
          directory,
          `${decisionLogSize}`,
          `${journalBytes}`,
        ),
        stdout: "piped",
      }).spawn();
      let text = "";
      let deadline: ReturnType<typeof setTimeout> | undefined;
      for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        deadline ??= setTimeout(() => process.kill("SIGKILL"), 30 + Math.random() * 200);
      }
      await process.status;
      assert.ok(deadline !== undefined, "the child answered nothing");
      for (const line of text.split("\n").slice(0, -1)) {
        const [user, number] = line.split(" ");
        answered.set(user!, Math.max(answered.get(user!) ?? 0, Number(number)));
      }

      await using store = await openDenoKvStore({ directory, decisionLogSize, journalBytes });
      const counts = await store.promptCounts();
      for (const [user, last] of answered) {
        const kept = await store.decisions(user, decisionLogSize);
        const newest = kept[0]?.number ?? 0;
        assert.ok(newest >= last, `${user}: ${newest} is the newest, ${last} was answered`);
        const { shown, models } = counts.get(user.replace("user-", "v"))!;
        assert.deepEqual([shown, models], [newest, { a: newest }]);
        const expected = Array.from(
          { length: Math.min(newest, decisionLogSize) },
          (_, i) => newest - i,
        );
        assert.deepEqual(kept.map(({ number }) => number), expected);
      }
    }
    assert.ok([...answered.values()].every((last) => last > 2 * decisionLogSize));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
