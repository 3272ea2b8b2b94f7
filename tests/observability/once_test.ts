import assert from "node:assert/strict";
import { oncePerName } from "../../src/observability/once.ts";
import { test } from "../support/scorer.ts";

test("a name is told once, and endless new names do not fill the memory or the log", () => {
  const told: string[] = [];
  const tell = oncePerName((name) => told.push(name));
  for (const name of ["a", "b", "a", "b", "c"]) tell(name);
  assert.deepEqual(told, ["a", "b", "c"]);
  for (let i = 0; i < 5000; i++) tell(`made-up-${i}`);
  assert.equal(told.length, 1000);
});
