import { parseArgs } from "node:util";
import { parseConfig } from "../config.ts";
import { DeadLetterName } from "../contract/dead_letters.ts";
import type { DeadLetterBox } from "../events/dead_letter_box.ts";
import { ignoreStrayErrors } from "../events/stray_errors.ts";
import { type Command, type Terminal, UsageError } from "./command.ts";

interface Call {
  readonly action: Action;
  /** Undefined for all. */
  readonly names: readonly (string | undefined)[];
  readonly json: boolean;
}

type Run = (box: DeadLetterBox, call: Call, terminal: Terminal) => Promise<number>;

/** Calls `each` for every name, tells what was done, and returns the exit code. */
async function count(
  { names, json }: Call,
  { out, err }: Terminal,
  verb: string,
  each: (name: string | undefined) => Promise<number>,
): Promise<number> {
  let done = 0;
  const missing: string[] = [];
  for (const name of names) {
    const found = await each(name);
    done += found;
    if (found === 0 && name !== undefined) missing.push(name);
  }
  out(json ? JSON.stringify({ [verb]: done, missing }) : `${verb} ${done}`);
  for (const name of missing) err(`There is no dead letter ${name}`);
  return missing.length === 0 ? 0 : 1;
}

const list: Run = async (box, { names, json }, { out }) => {
  for (const name of names) {
    for await (const letter of box.letters(name)) {
      const { subject, deliveries, last_time, reason } = letter;
      const line = [letter.name, subject, `${deliveries} deliveries`, last_time, reason];
      out(json ? JSON.stringify(letter) : line.join("  "));
    }
  }
  return 0;
};

const show: Run = (box, call, terminal) => {
  const each = async (name: string | undefined) => {
    let found = 0;
    for await (const letter of box.whole(name)) {
      found++;
      terminal.out(
        call.json
          ? JSON.stringify(letter)
          : Object.entries(letter).map(([key, value]) => `${key}: ${value}`).join("\n"),
      );
    }
    return found;
  };
  // What was shown is the answer: no count follows it.
  return count(call, { ...terminal, out: () => {} }, "shown", each);
};

const ACTIONS = {
  list,
  show,
  replay: (box, call, terminal) => count(call, terminal, "replayed", (name) => box.replay(name)),
  purge: (box, call, terminal) => count(call, terminal, "purged", (name) => box.purge(name)),
} satisfies Record<string, Run>;

type Action = keyof typeof ACTIONS;

function parse(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean" }, all: { type: "boolean" } },
    allowPositionals: true,
  });
  const [action = "", ...names] = positionals;
  if (!Object.hasOwn(ACTIONS, action)) {
    throw new UsageError(`${JSON.stringify(action)} is none of ${Object.keys(ACTIONS).join(", ")}`);
  }
  for (const name of names) {
    if (!DeadLetterName.safeParse(name).success) {
      throw new UsageError(`${name} is not like signals.17`);
    }
  }
  const all = values.all === true || (action === "list" && names.length === 0);
  if (all === names.length > 0) throw new UsageError("Give names, like signals.17, or --all");
  return {
    // Just looked up.
    action: action as Action,
    names: all ? [undefined] : names,
    json: values.json === true,
  };
}

/** Looks after events that were given up: `dead-letters list|show|replay|purge`. */
export const deadLetters: Command = {
  name: "dead-letters",
  summary: "lists, shows, replays and removes events that were given up",
  help: `Usage: deno task cli dead-letters list|show|replay|purge [NAME…] [--all] [--json]

Works on the events that were not valid, in the stream dead-letters at NATS_URL. A name is the
stream and the event's number in it: signals.17.

  list     one line each; all of them where no name is given
  show     what is known of it, and its payload
  replay   publishes it where it came from, and removes it here
  purge    removes it

  --all    every letter, instead of names
  --json   one JSON object a line

Exit code: 0 done, 1 a name is not there, 2 nothing was begun.`,
  async run(args, terminal) {
    const call = parse(args);
    const { natsUrl } = parseConfig({ NATS_URL: terminal.env("NATS_URL") });
    if (natsUrl === undefined) throw new UsageError("NATS_URL is not set");
    // Here, so that no other command loads the client.
    const { DeadLetterBox } = await import("../events/dead_letter_box.ts");
    ignoreStrayErrors();
    let box: DeadLetterBox;
    try {
      box = await DeadLetterBox.open(natsUrl);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw new UsageError(`NATS cannot be used: ${cause.message}`, { cause });
    }
    await using _ = box;
    return await ACTIONS[call.action](box, call, terminal);
  },
};
