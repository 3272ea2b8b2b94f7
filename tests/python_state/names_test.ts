import assert from "node:assert/strict";
import { fileName, isPythonName, mayBeNamed } from "../../src/python_state/names.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

// Right of each what Python 3.11 made of it: "".join(c if c.isalnum() else "_" for c in id)
const STEMS: readonly (readonly [string, string])[] = [
  ["alice1", "alice1"],
  ["carol-42", "carol_42"],
  ["Zoë O'Brien+東京@ex.com", "Zoë_O_Brien_東京_ex_com"],
  ["x²", "x²"],
  ["½ cup", "½_cup"],
  ["Ⅷ", "Ⅷ"],
  ["①②", "①②"],
  ["٣", "٣"],
  ["e\u0301", "e_"],
  ["น้ำ", "น_ำ"],
  ["हिन्दी", "ह_न_द_"],
  ["👩‍💻a", "___a"],
  ["🙂", "_"],
  ["a_b.c/d%", "a_b_c_d_"],
  ["ª𝒜ß", "ª𝒜ß"],
  ["\u00a0\u200b", "__"],
];

Deno.test("a file is named as Python named it", sanitize, () => {
  for (const [user, stem] of STEMS) {
    assert.equal(fileName("linucb-v1", user), `${stem}.json`, user);
    assert.ok(isPythonName(`${stem}.json`), stem);
  }
  assert.equal(fileName("egreedy-v1", "a"), "a_egreedy.json");
  assert.equal(fileName("egreedy-v2", "a"), "a_egreedy_v2.json");
  assert.equal(fileName("sync", "a"), "a_sync.json");
});

Deno.test("names that Python never made are told apart", sanitize, () => {
  for (const name of [".python-import.json", "a-b.json", "a.b.json", "a.txt", "scorer.sqlite3"]) {
    assert.ok(!isPythonName(name), name);
  }
  assert.ok(mayBeNamed("linucb-v1", "alice_egreedy.json"));
  assert.ok(!mayBeNamed("egreedy-v2", "alice_egreedy.json"));
});
