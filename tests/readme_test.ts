import assert from "node:assert/strict";
import { CONFIG_NAMES, configTable } from "../src/config.ts";
import { test } from "./support/scorer.ts";

const root = new URL("../", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, root));

/** The rows of a Markdown table without what a formatter does to them. */
function rows(markdown: string): string[] {
  return markdown.split("\n").filter((line) => line.startsWith("|") && !/^[|\s-]+$/.test(line))
    .map((line) => line.replace(/\s*\|\s*/g, "|"));
}

test("the README's table of settings is the configuration's own", () => {
  const [, written] = /<!-- config -->([\s\S]*)<!-- \/config -->/.exec(read("README.md"))!;
  assert.deepEqual(rows(written!), rows(configTable()));
});

test("tasks that run the service may read each setting, and no other variable", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  for (const name of ["start", "dev", "compile"]) {
    const [, allowed] = /--allow-env=([A-Z_0-9,]+)/.exec(tasks[name].command)!;
    assert.deepEqual(allowed!.split(",").toSorted(), [...CONFIG_NAMES].toSorted(), name);
  }
});

test("what runs the service gives V8 the same flags", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const flags = (text: string) => /--v8-flags=[^\s"]+/.exec(text)?.[0];
  const found = ["start", "dev", "compile"].map((name) => flags(tasks[name].command));
  assert.match(found[0]!, /heap-growing-percent/);
  assert.deepEqual([...found, flags(read("Dockerfile"))], Array(4).fill(found[0]));
});

test("every task spells out its permissions", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  for (const [name, { command }] of Object.entries<{ command: string }>(tasks)) {
    if (name === "test:browser") continue; // its description tells why it cannot
    assert.doesNotMatch(command, /--allow-all|(^|\s)-A(\s|$)/, name);
  }
});

test("the README's dependency table names what deno.json pins", () => {
  const { imports } = JSON.parse(read("deno.json"));
  const readme = read("README.md");
  for (const specifier of Object.values<string>(imports)) {
    const [, name, version] = /^npm:\/?(@?[^@]+)@([\d.]+)\/?$/.exec(specifier)!;
    assert.ok(readme.includes(`${name} ${version}`), `${name} ${version} is not in the README`);
  }
});
