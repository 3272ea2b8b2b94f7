import { openDenoKvStore, type Store } from "../../src/store/mod.ts";
import { storeContract } from "./contract.ts";
import { DECISION_LOG_SIZE } from "./contract_support.ts";

async function open(journalBytes?: number): Promise<Store> {
  const directory = await Deno.makeTempDir({ prefix: "scorer-" });
  const store = await openDenoKvStore({
    directory,
    decisionLogSize: DECISION_LOG_SIZE,
    ...(journalBytes === undefined ? {} : { journalBytes }),
  });
  const close = store[Symbol.asyncDispose].bind(store);
  return Object.assign(store, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await Deno.remove(directory, { recursive: true });
    },
  });
}

storeContract("DenoKvStore", () => open());
// So small a journal is always being settled.
storeContract("DenoKvStore that settles at once", () => open(1));
storeContract("DenoKvStore that settles often", () => open(5_000));
