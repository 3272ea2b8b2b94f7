import { MemoryStore } from "../../src/store/mod.ts";
import { DECISION_LOG_SIZE, storeContract } from "./contract.ts";

storeContract(
  "MemoryStore",
  () => Promise.resolve(new MemoryStore({ decisionLogSize: DECISION_LOG_SIZE })),
);
