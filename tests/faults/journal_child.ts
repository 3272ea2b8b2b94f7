/**
 * Appends decisions to the store in the folder it is given, and prints each that was answered:
 * the part of the journal's kill test that is killed.
 *
 * @module
 */
import { openDenoKvStore } from "../../src/store/mod.ts";
import { makeDecision } from "../support/make.ts";

const [directory, decisionLogSize, journalBytes] = Deno.args;
await using store = await openDenoKvStore({
  directory: directory!,
  decisionLogSize: Number(decisionLogSize),
  journalBytes: Number(journalBytes),
});

await Promise.all(Array.from({ length: 5 }, async (_, i) => {
  const user = `user-${i}`;
  let { version, newest } = await store.load(user);
  for (let number = (newest?.number ?? 0) + 1;; number++) {
    const decision = makeDecision(number, {
      origin: { generationId: null, promptVersion: `v${i}`, model: "a" },
    });
    version = await store.commit(user, version, { decision });
    console.log(`${user} ${number}`);
  }
}));
