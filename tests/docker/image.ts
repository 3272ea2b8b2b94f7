/**
 * As much of Docker's build as tells which files of the context an image has: stages, WORKDIR
 * and COPY, and .dockerignore.
 *
 * @see https://docs.docker.com/reference/dockerfile/
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @module
 */
import { posix } from "node:path";

/** The instructions of a Dockerfile: the word, and what follows it. */
export function instructions(dockerfile: string): { word: string; rest: string }[] {
  return dockerfile.split("\n").filter((line) => !line.startsWith("#")).join("\n")
    .replaceAll(/\\\n\s*/g, "").split("\n").filter((line) => line.trim() !== "")
    .map((line) => {
      const [word = "", ...rest] = line.trim().split(/\s+/);
      return { word: word.toUpperCase(), rest: rest.join(" ") };
    });
}

/** Whether .dockerignore lets a file of the context through; the last line that matches decides. */
export function createFilter(dockerignore: string): (path: string) => boolean {
  const rules = dockerignore.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const keeps = line.startsWith("!");
      const pattern = posix.normalize(keeps ? line.slice(1) : line).replace(/^\/|\/$/g, "");
      const source = pattern.replace(/[.+^${}()|\\]/g, "\\$&")
        .replace(
          /\*\*\/|\*\*|\*|\?/g,
          (glob) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*" })[glob] ?? "[^/]",
        );
      // A folder that matches takes all it holds with it.
      return { keeps, pattern: new RegExp(`^${source}(/|$)`) };
    });
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.keeps ?? true;
}

interface Stage {
  readonly name: string;
  workdir: string;
  /** By its path in the image, the file of the context. */
  readonly files: Map<string, string>;
}

/** Copies what lies at or under `source` to `target`. */
function copy(from: ReadonlyMap<string, string>, source: string, target: string, to: Stage): void {
  const root = posix.normalize(source).replace(/\/$/, "");
  const destination = posix.resolve(to.workdir, target);
  for (const [path, file] of from) {
    if (path === root) {
      const intoFolder = target.endsWith("/") || target === ".";
      to.files.set(intoFolder ? posix.join(destination, posix.basename(path)) : destination, file);
    } else if (root === "." || path.startsWith(`${root}/`)) {
      to.files.set(posix.join(destination, root === "." ? path : posix.relative(root, path)), file);
    }
  }
}

/**
 * The files that the last stage of a Dockerfile has of its context.
 *
 * @param context the paths of all files of the context, relative to it
 * @returns the context's file by its path in the image
 */
export function filesOfImage(
  dockerfile: string,
  dockerignore: string,
  context: readonly string[],
): ReadonlyMap<string, string> {
  const filter = createFilter(dockerignore);
  const sent = new Map(context.filter(filter).map((path) => [path, path]));
  const stages: Stage[] = [];
  for (const { word, rest } of instructions(dockerfile)) {
    const stage = stages.at(-1);
    if (word === "FROM") {
      const name = /\sAS\s+(\S+)/i.exec(rest)?.[1] ?? String(stages.length);
      stages.push({ name, workdir: "/", files: new Map() });
    } else if (stage && word === "WORKDIR") {
      stage.workdir = posix.resolve(stage.workdir, rest);
    } else if (stage && (word === "COPY" || word === "ADD")) {
      const words = rest.split(" ");
      const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
      const source = from === undefined ? sent : stages.find(({ name }) => name === from)?.files;
      const paths = words.filter((word) => !word.startsWith("--"));
      const target = paths.pop() ?? ".";
      for (const path of paths) copy(source ?? new Map(), path, target, stage);
    }
  }
  return stages.at(-1)?.files ?? new Map();
}
