/**
 * Writes the JSON Schemas of the events, for services that do not use zod.
 *
 *     deno run --allow-write=src/contract/events/schemas scripts/event_schemas.ts
 *
 * @module
 */
import { z } from "zod";
import { Envelope, TaskSynced, TipFeedback } from "../src/contract/events/mod.ts";

/** Where the schemas lie. */
export const FOLDER = new URL("../src/contract/events/schemas/", import.meta.url);

const EVENTS = { envelope: Envelope, task_synced: TaskSynced, tip_feedback: TipFeedback };

/** The text of each file, by its name. */
export function eventSchemas(): Map<string, string> {
  return new Map(
    Object.entries(EVENTS).map(([name, schema]) => {
      const id = schema.meta()?.id ?? "";
      // A schema with an id comes as a definition and a reference to it.
      const { $schema, $defs } = z.toJSONSchema(schema, { io: "input" });
      const json = { $schema, $id: id, ...$defs?.[id] };
      return [`${name}.json`, JSON.stringify(json, null, 2) + "\n"];
    }),
  );
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const [name, text] of eventSchemas()) await Deno.writeTextFile(new URL(name, FOLDER), text);
}
