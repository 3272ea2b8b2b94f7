import assert from "node:assert/strict";
import { POLICIES } from "../src/bandit/policies.ts";
import { test } from "./support/scorer.ts";

test("every policy has a model card, and every card a policy", () => {
  const cards = [...Deno.readDirSync(new URL("../docs/policies", import.meta.url))];
  assert.deepEqual(
    cards.map(({ name }) => name).toSorted(),
    POLICIES.map(({ name }) => `${name}.md`).toSorted(),
  );
});
