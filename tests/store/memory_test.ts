import { MemoryStore } from "../../src/store/mod.ts";
import { storeContract } from "./contract.ts";
import { DECISION_LOG_SIZE } from "./contract_support.ts";

storeContract(
  "MemoryStore",
  () => Promise.resolve(new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE })),
);
