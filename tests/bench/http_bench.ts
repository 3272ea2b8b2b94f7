/**
 * POST /score with 10 candidates: this service, durable, beside a plain Hono+zod echo of the same
 * body, and beside the Python service where `--peer URL` tells where one runs. The server is
 * pinned to processor 0 and the load generator (oha) to processor 1; the servers take turns.
 *
 *     deno task bench [--peer http://127.0.0.1:8999] [--seconds 8] [--rounds 3] [--sentry]
 *
 * With --sentry, a second instance of this service that reports to a Sentry is among them.
 *
 * Start the peer with `taskset -c 0`, so that it has the same processor.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { SentryStub } from "../support/sentry.ts";
import { type Figures, flagsOfStart, load, median, scoreBodies, startServer } from "./load.ts";

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    seconds: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
    sentry: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

const LOADS: Record<string, string[]> = {
  "16 connections": ["-c", "16"],
  "64 connections": ["-c", "64"],
  "2,000/s, open loop": ["-c", "64", "-q", "2000", "--latency-correction"],
};

async function run(directory: string): Promise<void> {
  const file = `${directory}/bodies`;
  await Deno.writeTextFile(file, scoreBodies());
  await using echo = await startServer("./echo_server.ts", {}, `${directory}/echo.log`);
  await using service = await startServer(
    "../../src/main.ts",
    { STATE_DIR: `${directory}/state`, PORT: "0" },
    `${directory}/service.log`,
    await flagsOfStart(),
  );
  await using sentry = values.sentry ? new SentryStub() : undefined;
  await using reporting = sentry && await startServer(
    "../../src/main.ts",
    { STATE_DIR: `${directory}/reporting`, PORT: "0", SENTRY_DSN: sentry.dsn },
    `${directory}/reporting.log`,
    await flagsOfStart(),
  );
  const servers: Record<string, string> = {
    "this service": service.url,
    ...(reporting ? { "with Sentry": reporting.url } : {}),
    "Hono+zod echo": echo.url,
    ...(values.peer ? { "Python service": values.peer } : {}),
  };
  const score = async (url: string, args: readonly string[]) => {
    // What the server before wrote must not be flushed at the cost of this one's fsyncs.
    await new Deno.Command("sync").output();
    return await load(`${url}/score`, file, seconds, args);
  };

  for (const url of Object.values(servers)) await score(url, ["-c", "16"]); // warm-up
  console.log(
    `| load | server | requests/s | of echo | p50 ms | p99 ms | not 200 |\n|---|---|---|---|---|---|---|`,
  );
  for (const [name, args] of Object.entries(LOADS)) {
    const figures: Record<string, Figures[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const [server, url] of Object.entries(servers)) {
        (figures[server] ??= []).push(await score(url, args));
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
    if (reporting) {
      const ratio = rate("with Sentry") / rate("this service");
      console.log(`| ${name} | with Sentry / without | ${(ratio * 100).toFixed(0)} % | | | | |`);
    }
    if (values.peer) {
      const ratio = rate("this service") / rate("Python service");
      console.log(`| ${name} | this service / Python service | ${ratio.toFixed(1)} x | | | | |`);
    }
  }
}

const directory = await Deno.makeTempDir({ prefix: "bench-" });
try {
  await run(directory);
} finally {
  await Deno.remove(directory, { recursive: true });
}
