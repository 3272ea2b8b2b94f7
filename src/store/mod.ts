export * from "./errors.ts";
export type * from "./port.ts";
export { openDenoKvStore } from "./deno_kv/open.ts";
export { MemoryStore } from "./memory.ts";
