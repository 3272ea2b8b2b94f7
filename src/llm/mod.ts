/**
 * Tips by an LLM: the client of LiteLLM, the prompts, and what they are filled with.
 *
 * @module
 */
export * from "./errors.ts";
export { Gateway, type LlmLogger } from "./gateway.ts";
export { TipGenerator } from "./generator.ts";
export type { LlmObserver } from "./observer.ts";
export { type GenerateOptions, Tips } from "./tips.ts";
