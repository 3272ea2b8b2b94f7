import { z } from "zod";
import { POLICIES } from "./bandit/policies.ts";
import { KNOWN_VERSIONS } from "./llm/prompts/mod.ts";

/** How much of a value may be shown: nothing, or all but the credentials in a URL. */
export type Secrecy = "whole" | "credentials";

/** One environment variable: everything that parsing, the README and redaction know of it. */
export interface Variable<Value = unknown> {
  readonly name: string;
  /** What would be right, as a message and the README say it. */
  readonly expected: string;
  /** From the variable's text; whatever it refuses is answered with `expected`. */
  readonly schema: z.ZodType<Value, string>;
  /** The text that an unset variable stands for; none makes it undefined. */
  readonly default?: string;
  /** As `default`, where ENV is development. */
  readonly developmentDefault?: string;
  readonly description: string;
  readonly secret?: Secrecy;
}

const text = (pattern: RegExp) => z.string().regex(pattern);

function oneOf<const Word extends string>(...words: Word[]) {
  return z.string().toLowerCase().pipe(z.enum(words));
}

function number(min: number, max: number) {
  return text(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).transform(Number)
    .pipe(z.number().min(min).max(max));
}

function whole(min: number, max: number) {
  return text(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max));
}

function flag() {
  return oneOf("true", "false").transform((value) => value === "true");
}

const TOKENS_EXPECTED = "tokens of 16 to 256 visible ASCII characters, separated by commas";

function tokens() {
  return z.string().transform((value) => value.split(",").map((token) => token.trim()))
    .pipe(z.array(text(/^[\x21-\x2b\x2d-\x7e]{16,256}$/)));
}

function url(...protocols: string[]) {
  return z.string().refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ""))
    // Paths are appended to it.
    .transform((value) => value.replace(/\/+$/, ""));
}

const NATS_PROTOCOLS = ["nats:", "tls:", "ws:", "wss:"];

function isNatsServer(server: string): boolean {
  const parsed = URL.parse(server.includes("://") ? server : `nats://${server}`);
  return parsed !== null && NATS_PROTOCOLS.includes(parsed.protocol) && parsed.hostname !== "";
}

/** Every variable there is, by its field in the configuration. */
export const VARIABLES = {
  stateDir: {
    name: "STATE_DIR",
    expected: "a folder",
    schema: text(/^[^\0]+$/),
    default: "/tmp/oo-bandit-state",
    description: "Where the state is kept. Nothing under /tmp is safe.",
  },
  env: {
    name: "ENV",
    expected: "development, test, staging or production",
    schema: oneOf("development", "test", "staging", "production"),
    default: "development",
    description: "What this deployment is for.",
  },
  host: {
    name: "HOST",
    expected: "an IP address or a host name",
    schema: text(/^[\w.:%-]{1,253}$/),
    default: "127.0.0.1",
    description: "Address to listen on; 0.0.0.0 for every one.",
  },
  port: {
    name: "PORT",
    expected: "a whole number from 0 to 65535",
    schema: whole(0, 65535),
    default: "8000",
    description: "Port to listen on; 0 for any that is free.",
  },
  logLevel: {
    name: "LOG_LEVEL",
    expected: "trace, debug, info, warning, error or fatal",
    schema: oneOf("trace", "debug", "info", "warning", "error", "fatal"),
    default: "info",
    description: "The lowest level that is logged.",
  },
  logFormat: {
    name: "LOG_FORMAT",
    expected: "json or pretty",
    schema: oneOf("json", "pretty"),
    default: "json",
    description: "A JSON object a line, or lines for people.",
  },
  apiTokens: {
    name: "API_TOKEN",
    expected: TOKENS_EXPECTED,
    schema: tokens(),
    description: "Guards every call but /health and /ready; several while one replaces another.",
    secret: "whole",
  },
  adminTokens: {
    name: "ADMIN_TOKEN",
    expected: TOKENS_EXPECTED,
    schema: tokens(),
    description: "Guards what operators alone may do, and opens what API_TOKEN opens.",
    secret: "whole",
  },
  metricsOpen: {
    name: "METRICS_OPEN",
    expected: "true or false",
    schema: flag(),
    default: "false",
    description: "Whether /metrics needs no token where API_TOKEN is set.",
  },
  rateLimitPerS: {
    name: "RATE_LIMIT_PER_S",
    expected: "a whole number from 1 to 1000000",
    schema: whole(1, 1_000_000),
    description: "Requests a second of one client; none sets no limit.",
  },
  clientAddressHeader: {
    name: "CLIENT_ADDRESS_HEADER",
    expected: "the name of a header",
    schema: text(/^[\w-]{1,64}$/).transform((name) => name.toLowerCase()),
    description: "Header in which a proxy of yours names its client, for the rate limit.",
  },
  requestTimeoutS: {
    name: "REQUEST_TIMEOUT_S",
    expected: "a number from 0.1 to 600",
    schema: number(0.1, 600),
    default: "30",
    description: "Seconds that a client may take to send a body.",
  },
  maxWaiting: {
    name: "MAX_WAITING",
    expected: "a whole number from 1 to 1000000",
    schema: whole(1, 1_000_000),
    default: "5000",
    description: "Calls that may wait for the store; above it, writes are answered 503 at once.",
  },
  alpha: {
    name: "ALPHA",
    expected: "a number from 0 to 1000",
    schema: number(0, 1000),
    default: "1",
    description: "Width of linucb-v1's confidence bound.",
  },
  epsilon: {
    name: "EPSILON",
    expected: "a number from 0 to 1",
    schema: number(0, 1),
    default: "0.1",
    description: "Share of uniform picks of egreedy-v1 and egreedy-v2.",
  },
  rngSeed: {
    name: "RNG_SEED",
    expected: "a whole number from 0 to 4294967295",
    schema: whole(0, 4294967295),
    description: "Makes the picks repeatable, for tests.",
  },
  decisionLogSize: {
    name: "DECISION_LOG_SIZE",
    expected: "a whole number from 100 to 1000",
    schema: whole(100, 1000),
    default: "256",
    description: "Decisions kept of each user; a reward of an older one is refused.",
  },
  idempotencyWindow: {
    name: "IDEMPOTENCY_WINDOW",
    expected: "a whole number from 16 to 1000",
    schema: whole(16, 1000),
    default: "256",
    description: "Identities of rewards remembered of each user.",
  },
  cacheUsers: {
    name: "CACHE_USERS",
    expected: "a whole number from 1 to 10000000",
    schema: whole(1, 10_000_000),
    default: "10000",
    description: "Users held in memory.",
  },
  shutdownDelayS: {
    name: "SHUTDOWN_DELAY_S",
    expected: "a number from 0 to 600",
    schema: number(0, 600),
    default: "0",
    description: "Seconds for which a shutdown still takes requests, while /ready is 503.",
  },
  shutdownTimeoutS: {
    name: "SHUTDOWN_TIMEOUT_S",
    expected: "a number from 0 to 3600",
    schema: number(0, 3600),
    default: "10",
    description: "Seconds that a shutdown waits for requests in flight.",
  },
  activePolicy: {
    name: "ACTIVE_POLICY",
    expected: POLICIES.map(({ name }) => name).join(", "),
    schema: z.string().refine((value) => POLICIES.some(({ name }) => name === value)),
    default: "egreedy-v2",
    description: "The policy that picks one of the tips for POST /generate?score=true.",
  },
  litellmUrl: {
    name: "LITELLM_URL",
    expected: "an http or https URL",
    schema: url("http:", "https:"),
    default: "http://localhost:4000",
    description: "The LLM gateway.",
    secret: "credentials",
  },
  litellmMasterKey: {
    name: "LITELLM_MASTER_KEY",
    expected: "visible ASCII characters",
    schema: text(/^[\x21-\x7e]+$/),
    developmentDefault: "sk-oo-dev",
    description: "The key for the LLM gateway.",
    secret: "whole",
  },
  litellmStructuredOutput: {
    name: "LITELLM_STRUCTURED_OUTPUT",
    expected: "true or false",
    schema: flag(),
    default: "false",
    description: "Whether to ask for tips by JSON schema; not every model can.",
  },
  generateTimeoutS: {
    name: "GENERATE_TIMEOUT_S",
    expected: "a number from 0.1 to 600",
    schema: number(0.1, 600),
    default: "30",
    description: "Seconds for one attempt at the LLM gateway; all together have three times that.",
  },
  defaultPromptVersion: {
    name: "DEFAULT_PROMPT_VERSION",
    expected: KNOWN_VERSIONS.join(", "),
    schema: z.string().refine((value) => KNOWN_VERSIONS.includes(value)),
    default: "v1",
    description: "The prompt of a generate call that names none.",
  },
  natsUrl: {
    name: "NATS_URL",
    expected: "servers like nats://host:4222, separated by commas",
    schema: z.string().refine((value) => value.split(",").every((s) => isNatsServer(s.trim()))),
    description: "The servers to take events from; none turns the consumers off.",
    secret: "credentials",
  },
  natsDurablePrefix: {
    name: "NATS_DURABLE_PREFIX",
    expected: "up to 64 letters, digits, - and _",
    schema: text(/^[A-Za-z0-9_-]{1,64}$/),
    default: "feature-pipeline",
    description: "What the names of the durable consumers begin with.",
  },
  natsMaxDeliver: {
    name: "NATS_MAX_DELIVER",
    expected: "a whole number from 1 to 1000",
    schema: whole(1, 1000),
    default: "5",
    description: "How often an event is tried.",
  },
  sentryDsn: {
    name: "SENTRY_DSN",
    expected: "a DSN like https://key@host/1",
    // No wider than what the SDK takes: one that it refuses it would print.
    schema: text(/^https?:\/\/\w+(?::\w*)?@(?:\[[:.%\w]+\]|[\w.-]+)(?::\d+)?\/(?:[^?#]+\/)?\d+$/)
      .pipe(url("http:", "https:")),
    description: "Where errors are reported; none reports nothing.",
    secret: "whole",
  },
  sentrySendIds: {
    name: "SENTRY_SEND_IDS",
    expected: "true or false",
    schema: flag(),
    default: "false",
    description: "Whether reports of errors may name users and tips.",
  },
} as const satisfies Record<string, Variable>;
