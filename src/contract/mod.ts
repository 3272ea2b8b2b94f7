/**
 * The wire: every request and response of the service, as zod schemas and their types. It
 * depends on zod alone, so that callers can import it.
 *
 * @module
 */
export * from "./dead_letters.ts";
export * from "./exported_user.ts";
export * from "./generate.ts";
export * from "./ids.ts";
export * from "./prompt_version.ts";
export * from "./profile.ts";
export * from "./reactions.ts";
export * from "./reward.ts";
export * from "./score.ts";
export * from "./service.ts";
export * from "./user.ts";
