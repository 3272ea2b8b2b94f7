import assert from "node:assert/strict";
import { parseConfig } from "../../../src/config.ts";
import { openDoors } from "../../../src/http/access/doors.ts";
import { test } from "../../support/scorer.ts";
import { ADMIN, API } from "./harness.ts";

const TOKENS = { API_TOKEN: API, ADMIN_TOKEN: ADMIN };
const KEY = "LITELLM_MASTER_KEY is the one that everybody knows";
const UNGUARDED = "API_TOKEN is not set and HOST is no loopback address";
const UNGUARDED_HERE = "API_TOKEN is not set, though ENV is not development";
const OPERATORS = "ADMIN_TOKEN is not set: every program";
const API_OPERATES = "ADMIN_TOKEN is not set: on this machine API_TOKEN";
const RESET = "Neither API_TOKEN nor ADMIN_TOKEN is set: whoever reaches the port may reset";
const METRICS = "METRICS_OPEN is true and HOST is no loopback address";

test("every open door is told of once, and a closed one is not", () => {
  const cases: [env: Record<string, string>, doors: string[]][] = [
    [{}, [OPERATORS, RESET, KEY]],
    [{ HOST: "0.0.0.0" }, [UNGUARDED, RESET, KEY]],
    [{ ENV: "production" }, [UNGUARDED_HERE]],
    [{ ENV: "staging", HOST: "::" }, [UNGUARDED, UNGUARDED_HERE]],
    [{ API_TOKEN: API }, [API_OPERATES, KEY]],
    [{ API_TOKEN: API, HOST: "0.0.0.0" }, [KEY]],
    [{ ADMIN_TOKEN: ADMIN }, [KEY]],
    [{ ADMIN_TOKEN: ADMIN, HOST: "0.0.0.0" }, [UNGUARDED, KEY]],
    [{ ...TOKENS, ENV: "production", HOST: "0.0.0.0" }, []],
    [{ ...TOKENS, ENV: "production", HOST: "0.0.0.0", METRICS_OPEN: "true" }, [METRICS]],
    [{ ...TOKENS, ENV: "production", METRICS_OPEN: "true" }, []],
    [{ ...TOKENS, ENV: "production", LITELLM_MASTER_KEY: "sk-oo-dev" }, [KEY]],
    [{ ...TOKENS, LITELLM_MASTER_KEY: "sk-of-our-own" }, []],
    [{ ...TOKENS, ENV: "production", RATE_LIMIT_PER_S: "5", HOST: "0.0.0.0" }, []],
  ];
  for (const [env, doors] of cases) {
    const found = openDoors(parseConfig(env));
    assert.equal(found.length, doors.length, JSON.stringify({ env, found }));
    for (const [i, door] of doors.entries()) {
      assert.ok(found[i]?.startsWith(door), JSON.stringify({ env, found }));
    }
    assert.doesNotMatch(found.join(), /token-0123|sk-/);
  }
});
