import assert from "node:assert/strict";
import { openDenoKvStore } from "../../src/store/mod.ts";
import { rawRows, rowsWith } from "../support/raw_rows.ts";
import { test } from "../support/scorer.ts";

const KILLS = 12;
const decisionLogSize = 200;

interface Life {
  readonly user: string;
  /** Decisions that were answered. */
  scored: number;
  erase: "not asked for" | "begun" | "answered";
}

/** What a child has told before it was killed, added to what is known. */
class Told {
  readonly lives = new Map<string, Life>();
  stays = 0;

  add(text: string): void {
    for (const line of text.split("\n").slice(0, -1)) {
      const [what, name, more] = line.split(" ");
      if (what === "stays") this.stays = Number(name);
      else if (what === "lives") {
        const life = { user: name!, scored: 0, erase: "not asked for" } as const;
        // Erased before the new life, when the child had begun anew.
        for (const each of this.lives.values()) {
          if (each.user === name) each.erase = "answered";
        }
        this.lives.set(more!, { ...life });
      } else {
        const life = this.lives.get(name!)!;
        if (what === "scored") life.scored = Number(more);
        else life.erase = what === "erasing" ? "begun" : "answered";
      }
    }
  }
}

test(`kill -9 amid erasures, ${KILLS} times: each is whole or not begun, and leaves nothing`, async () => {
  const parent = await Deno.makeTempDir({ prefix: "scorer-" });
  const directory = `${parent}/state`;
  const child = new URL("./erase_child.ts", import.meta.url).pathname;
  const told = new Told();
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const process = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-sys=uid"],
          ...["--allow-env", child, directory, `${kill}`],
        ],
        stdout: "piped",
      }).spawn();
      let text = "";
      let killed = false;
      for await (const part of process.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        // Soon after an erasure was begun, so that many a kill comes amid it; not the first one.
        if (!killed && /erased[^]*erasing/.test(text) && part.includes("erasing")) {
          killed = true;
          setTimeout(() => process.kill("SIGKILL"), Math.random() * 12);
        }
      }
      await process.status;
      assert.ok(killed, "the child erased nobody");
      told.add(text);

      await using store = await openDenoKvStore({ directory, decisionLogSize });
      const rows = await rawRows(directory);
      assert.deepEqual(rows.filter(({ key }) => key.startsWith('["erasing"')), []);
      for (const [name, life] of told.lives) {
        const left = rowsWith(rows, name);
        if (life.erase === "answered") {
          assert.deepEqual(left, [], `${name} was erased`);
          continue;
        }
        const { newest } = await store.load(life.user);
        const there = newest?.tipId.startsWith(name) ?? false;
        if (!there) {
          // The child may have died in the middle of what it had begun, or of its very start.
          assert.ok(life.erase === "begun" || life.scored === 0, `${name} is gone`);
          assert.deepEqual(left, [], `${name} was erased`);
          life.erase = "answered";
          continue;
        }
        assert.ok(newest!.number >= life.scored);
        const kept = await store.decisions(life.user, decisionLogSize);
        const numbers = Array.from({ length: newest!.number }, (_, i) => newest!.number - i);
        assert.deepEqual(kept.map(({ number }) => number), numbers, `${name} is not whole`);
        assert.ok(kept.every(({ tipId }) => tipId.startsWith(name)));
      }
      const stays = (await store.load("stays")).newest!.number;
      assert.ok(stays >= told.stays);
      assert.equal((await store.decisions("stays", 50)).length, 50);
      // Nobody else is there than who should be.
      const users = new Set([...told.lives.values()].map(({ user }) => user));
      for (const { key } of rows) {
        const [kind, id] = JSON.parse(key);
        if (["user", "decisions", "sync"].includes(kind)) {
          assert.ok(users.has(id) || id === "stays");
        }
      }
    }
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
