/**
 * POST /score with 10 candidates: this service, durable, beside a plain Hono+zod echo of the same
 * body, and beside the Python service where `--peer URL` tells where one runs. The server is
 * pinned to processor 0 and the load generator (oha) to processor 1; the servers take turns.
 *
 *     deno task bench [--peer http://127.0.0.1:8999] [--seconds 8] [--rounds 3]
 *
 * Start the peer with `taskset -c 0`, so that it has the same processor.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { z } from "zod";

const USERS = 1000;
const CANDIDATES = 10;

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

/** One body a line: many users, so that the store sees scattered ones. */
function bodies(): string {
  return Array.from({ length: USERS }, (_, user) =>
    JSON.stringify({
      user_id: `user-${user}`,
      context: { hour_of_day: user % 24, day_of_week: user % 7 },
      candidates: Array.from({ length: CANDIDATES }, (_, i) => ({
        id: `tip-${user}-${i}`,
        content: "Open the tax form and fill in page one only.",
        source: "todoist",
        source_id: `task-${user * CANDIDATES + i}`,
        features: {
          hour_of_day: user % 24,
          is_overdue: i % 3 === 0,
          task_age_days: (user + i) % 40 / 2,
          priority: 1 + i % 4,
        },
      })),
    })).join("\n");
}

const Report = z.object({
  summary: z.object({ successRate: z.number(), requestsPerSec: z.number() }),
  latencyPercentiles: z.object({ p50: z.number(), p99: z.number() }),
  statusCodeDistribution: z.record(z.string(), z.int()),
});

interface Figures {
  /** Answers with a 200 a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers with another status; the Python service has some where requests meet. */
  readonly failed: number;
}

async function load(url: string, file: string, args: readonly string[]): Promise<Figures> {
  // What the server before wrote must not be flushed at the cost of this one's fsyncs.
  await new Deno.Command("sync").output();
  const { stdout, success, stderr } = await new Deno.Command("taskset", {
    args: ["-c", "1", Deno.env.get("OHA") ?? "oha", "--no-tui", "--output-format", "json"].concat(
      ["-m", "POST", "-H", "content-type: application/json", "-Z", file, "-z", `${seconds}s`],
      args,
      `${url}/score`,
    ),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const report = Report.parse(JSON.parse(new TextDecoder().decode(stdout)));
  const { 200: good = 0, ...bad } = report.statusCodeDistribution;
  const failed = Object.values(bad).reduce((sum, count) => sum + count, 0);
  const { p50, p99 } = report.latencyPercentiles;
  return {
    rate: report.summary.requestsPerSec * good / (good + failed),
    p50: p50 * 1000,
    p99: p99 * 1000,
    failed,
  };
}

/** V8's flags in `deno task start`. */
async function flagsOfStart(): Promise<string[]> {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  return [...config.matchAll(/--v8-flags=\S+/g)].slice(0, 1).map(([flags]) => flags);
}

/** Starts a server on processor 0; it prints where it listens. */
async function startServer(
  script: string,
  env: Record<string, string>,
  flags: readonly string[] = [],
) {
  const main = new URL(script, import.meta.url).pathname;
  const process = new Deno.Command("taskset", {
    args: ["-c", "0", Deno.execPath(), "run", ...flags, "-A", main],
    env,
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream());
  const url = await urlIn(output);
  if (url === undefined) throw new Error(`${script} did not start`);
  // Each request is a line: a pipe that nobody reads would soon stop the server.
  output.pipeTo(new WritableStream());
  return { url, process };
}

async function urlIn(output: ReadableStream<string>): Promise<string | undefined> {
  let text = "";
  for await (const part of output.values({ preventCancel: true })) {
    text += part;
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
    if (url) return url;
  }
  return undefined;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const directory = await Deno.makeTempDir({ prefix: "bench-" });
const file = `${directory}/bodies`;
await Deno.writeTextFile(file, bodies());
const echo = await startServer("./echo_server.ts", {});
const service = await startServer(
  "../../src/main.ts",
  { STATE_DIR: `${directory}/state`, PORT: "0" },
  await flagsOfStart(),
);
const servers: Record<string, string> = {
  "this service": service.url,
  "Hono+zod echo": echo.url,
  ...(values.peer ? { "Python service": values.peer } : {}),
};
const loads: Record<string, string[]> = {
  "16 connections": ["-c", "16"],
  "64 connections": ["-c", "64"],
  "2,000/s, open loop": ["-c", "64", "-q", "2000", "--latency-correction"],
};

try {
  for (const url of Object.values(servers)) await load(url, file, ["-c", "16"]); // warm-up
  console.log(
    `| load | server | requests/s | of echo | p50 ms | p99 ms | not 200 |\n|---|---|---|---|---|---|---|`,
  );
  for (const [name, args] of Object.entries(loads)) {
    const figures: Record<string, Figures[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const [server, url] of Object.entries(servers)) {
        (figures[server] ??= []).push(await load(url, file, args));
      }
    }
    const rate = (server: string) => median(figures[server]!.map((each) => each.rate));
    for (const server of Object.keys(servers)) {
      const p50 = median(figures[server]!.map((each) => each.p50));
      const p99 = median(figures[server]!.map((each) => each.p99));
      const ratio = rate(server) / rate("Hono+zod echo");
      const failed = figures[server]!.reduce((sum, each) => sum + each.failed, 0);
      console.log(
        `| ${name} | ${server} | ${rate(server).toFixed(0)} | ${ratio.toFixed(2)} | ` +
          `${p50.toFixed(2)} | ${p99.toFixed(2)} | ${failed} |`,
      );
    }
    if (values.peer) {
      const ratio = rate("this service") / rate("Python service");
      console.log(`| ${name} | this service / Python service | ${ratio.toFixed(1)} x | | | | |`);
    }
  }
} finally {
  for (const { process } of [echo, service]) {
    process.kill("SIGKILL");
    await process.status;
  }
  await Deno.remove(directory, { recursive: true });
}
