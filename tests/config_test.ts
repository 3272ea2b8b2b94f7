import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  CONFIG_NAMES,
  ConfigError,
  configTable,
  parseConfig,
  readEnvironment,
} from "../src/config.ts";

const sanitize = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

function problemsOf(env: Record<string, string>): ConfigError {
  try {
    parseConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
  return assert.fail(`was accepted: ${JSON.stringify(env)}`);
}

Deno.test("an empty environment gives the documented defaults", sanitize, () => {
  assert.deepEqual({ ...parseConfig({}) }, {
    stateDir: "/tmp/oo-bandit-state",
    env: "development",
    host: "127.0.0.1",
    port: 8000,
    logLevel: "info",
    logFormat: "json",
    apiTokens: undefined,
    adminTokens: undefined,
    metricsOpen: false,
    rateLimitPerS: undefined,
    clientAddressHeader: undefined,
    requestTimeoutS: 30,
    maxWaiting: 5000,
    alpha: 1,
    epsilon: 0.1,
    rngSeed: undefined,
    decisionLogSize: 256,
    idempotencyWindow: 256,
    cacheUsers: 10000,
    shutdownDelayS: 0,
    shutdownTimeoutS: 10,
    activePolicy: "egreedy-v2",
    litellmUrl: "http://localhost:4000",
    litellmMasterKey: "sk-oo-dev",
    litellmStructuredOutput: false,
    generateTimeoutS: 30,
    defaultPromptVersion: "v1",
    natsUrl: undefined,
    natsDurablePrefix: "feature-pipeline",
    natsMaxDeliver: 5,
    sentryDsn: undefined,
    sentrySendIds: false,
  });
});

Deno.test("an empty variable counts as unset", sanitize, () => {
  const empty = Object.fromEntries(CONFIG_NAMES.map((name) => [name, ""]));
  assert.deepEqual({ ...parseConfig(empty) }, { ...parseConfig({}) });
});

Deno.test("the gateway's key has a default only in development", sanitize, () => {
  for (const ENV of ["test", "staging", "production"]) {
    assert.equal(parseConfig({ ENV }).litellmMasterKey, undefined);
  }
  assert.equal(parseConfig({ ENV: "Development" }).litellmMasterKey, "sk-oo-dev");
  assert.equal(
    parseConfig({ ENV: "production", LITELLM_MASTER_KEY: "sk-1" }).litellmMasterKey,
    "sk-1",
  );
});

const refused: Record<string, readonly string[]> = {
  STATE_DIR: ["a\0b"],
  ENV: ["prod", "dev"],
  HOST: ["not a host", "http://localhost"],
  PORT: ["65536", "-1", "80.5", "eighty", "1e3", " 80"],
  LOG_LEVEL: ["verbose"],
  LOG_FORMAT: ["text", "JSON lines"],
  API_TOKEN: ["short", "fifteen-letters", "a token with blanks in it", "x".repeat(257)],
  ADMIN_TOKEN: ["0123456789abcdef,", "0123456789abcdef,short", "schlüsselschlüsselschlüssel"],
  METRICS_OPEN: ["yes"],
  RATE_LIMIT_PER_S: ["0", "0.5", "-1"],
  CLIENT_ADDRESS_HEADER: ["x forwarded for", "x:y"],
  REQUEST_TIMEOUT_S: ["0", "601"],
  MAX_WAITING: ["0", "1e6"],
  SENTRY_SEND_IDS: ["1"],
  ALPHA: ["-0.1", "NaN", "Infinity", "1e9", "one"],
  EPSILON: ["1.01", "-1", "0,1", ""].filter(Boolean),
  RNG_SEED: ["4294967296", "1.5", "-1"],
  DECISION_LOG_SIZE: ["99", "1001"],
  IDEMPOTENCY_WINDOW: ["15", "1001"],
  CACHE_USERS: ["0"],
  SHUTDOWN_DELAY_S: ["-1", "601"],
  SHUTDOWN_TIMEOUT_S: ["-1", "3601"],
  LITELLM_URL: ["localhost:4000", "ftp://host", "http://"],
  LITELLM_MASTER_KEY: ["two words", "schlüssel"],
  DEFAULT_PROMPT_VERSION: ["v 1", "../v1"],
  NATS_URL: ["http://host:4222", "nats://", "nats://a,"],
  NATS_DURABLE_PREFIX: ["a.b", "*", "a b"],
  NATS_MAX_DELIVER: ["0", "-1", "x"],
  ACTIVE_POLICY: ["egreedy", "v1"],
  GENERATE_TIMEOUT_S: ["0", "601", "x"],
  LITELLM_STRUCTURED_OUTPUT: ["yes", "1"],
  SENTRY_DSN: ["https://host/1", "https://key@host", "key", "https://k-y@host/1", "ftp://k@h/1"],
};

Deno.test(
  "every variable refuses what it must, and is named with what would be right",
  sanitize,
  () => {
    assert.deepEqual(Object.keys(refused).sort(), [...CONFIG_NAMES].sort());
    for (const [name, values] of Object.entries(refused)) {
      for (const value of values) {
        const { problems, message } = problemsOf({ [name]: value });
        assert.deepEqual(problems.map((problem) => problem.name), [name], value);
        assert.match(message, new RegExp(`^${name} is .+; it must be .+$`));
      }
    }
  },
);

Deno.test("the ends of every range are accepted", sanitize, () => {
  const low = parseConfig({ PORT: "0", EPSILON: "0", DECISION_LOG_SIZE: "100", ALPHA: ".5" });
  assert.deepEqual([low.port, low.epsilon, low.decisionLogSize, low.alpha], [0, 0, 100, 0.5]);
  const high = parseConfig({ PORT: "65535", EPSILON: "1", RNG_SEED: "4294967295", HOST: "::" });
  assert.deepEqual([high.port, high.epsilon, high.rngSeed], [65535, 1, 4294967295]);
  const urls = parseConfig({
    LITELLM_URL: "https://llm.example/v1/",
    NATS_URL: "nats://a:4222, b:4222,tls://c",
    SENTRY_DSN: "https://key@sentry.example/42",
  });
  assert.equal(urls.litellmUrl, "https://llm.example/v1");
  assert.equal(urls.natsUrl, "nats://a:4222, b:4222,tls://c");
  assert.equal(urls.sentryDsn, "https://key@sentry.example/42");
});

Deno.test("a token of both kinds is refused, and not shown", sanitize, () => {
  const tokens = ["hunter2hunter2-1", "hunter2hunter2-2", "hunter2hunter2-3"];
  for (const ADMIN_TOKEN of [tokens[0]!, tokens.join(), `${tokens[2]}, ${tokens[1]}`]) {
    const API_TOKEN = `${tokens[1]},${tokens[0]}`;
    const { problems, message } = problemsOf({ API_TOKEN, ADMIN_TOKEN });
    assert.deepEqual(problems.map(({ name }) => name), ["ADMIN_TOKEN"]);
    assert.doesNotMatch(message, /hunter2/);
  }
  parseConfig({ API_TOKEN: `${tokens[0]},${tokens[1]}`, ADMIN_TOKEN: tokens[2]! });
});

Deno.test("all bad values are reported at once", sanitize, () => {
  const { problems, message } = problemsOf({ PORT: "x", EPSILON: "2", ENV: "prod" });
  assert.deepEqual(problems, [
    { name: "ENV", found: '"prod"', expected: "development, test, staging or production" },
    { name: "PORT", found: '"x"', expected: "a whole number from 0 to 65535" },
    { name: "EPSILON", found: '"2"', expected: "a number from 0 to 1" },
  ]);
  assert.equal(message.split("\n").length, 3);
});

Deno.test("no message shows a secret", sanitize, () => {
  const { message } = problemsOf({
    API_TOKEN: "hunter2hunter2hunter2,hunter2",
    ADMIN_TOKEN: "hunter2",
    LITELLM_MASTER_KEY: "hunter2 hunter2",
    SENTRY_DSN: "https://hunter2@host",
    NATS_URL: "nats://user:hunter2/x@host:port",
    LITELLM_URL: "hunter2@host",
  });
  assert.equal(message.split("\n").length, 6);
  assert.doesNotMatch(message, /hunter2/);
});

Deno.test("a config shows itself without secrets, however it is shown", sanitize, () => {
  const config = parseConfig({
    API_TOKEN: "hunter2hunter2hunter2, hunter2hunter2hunter3",
    ADMIN_TOKEN: "hunter2hunter2hunter4",
    LITELLM_MASTER_KEY: "hunter2",
    SENTRY_DSN: "https://hunter2@sentry.example/1",
    NATS_URL: "nats://hunter2@a:4222,nats://u:hunter2@b,nats://hunter2:hunter2@c",
    LITELLM_URL: "http://u:hunter2@gateway:4000",
  });
  for (const shown of [JSON.stringify({ config }), Deno.inspect(config), inspect([config])]) {
    assert.doesNotMatch(shown, /hunter2/);
    assert.match(shown, /\/\/\*\*\*@gateway:4000/);
    assert.match(shown, /\*\*\*@a:4222,nats:\/\/\*\*\*@b/);
    assert.match(shown, /8000/);
  }
  assert.equal(config.litellmMasterKey, "hunter2");
  assert.throws(() => Object.assign(config, { port: 1 }), TypeError);
});

Deno.test("only the known variables are asked for", sanitize, () => {
  const asked: string[] = [];
  const env = readEnvironment((name) => {
    asked.push(name);
    return name === "PORT" ? "9000" : undefined;
  });
  assert.deepEqual(asked, CONFIG_NAMES);
  assert.equal(parseConfig(env).port, 9000);
});

Deno.test("the table has a row for every variable", sanitize, () => {
  const rows = configTable().split("\n").slice(2);
  assert.deepEqual(rows.map((row) => row.split("`")[1]), CONFIG_NAMES);
  for (const row of rows) assert.equal(row.split("|").length, 6, row);
  assert.match(
    configTable(),
    /\| `LITELLM_MASTER_KEY` \| `sk-oo-dev` in development, else none \|/,
  );
});
