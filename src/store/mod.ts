export * from "./errors.ts";
export type * from "./port.ts";
export type * from "./stored_user.ts";
export { openDenoKvStore } from "./deno_kv/open.ts";
export { MemoryStore } from "./memory.ts";
