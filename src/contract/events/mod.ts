/**
 * The events, as zod schemas and their types; `schemas/` has them as JSON Schema.
 *
 * @module
 */
export * from "./envelope.ts";
export * from "./task_synced.ts";
export * from "./tip_feedback.ts";
