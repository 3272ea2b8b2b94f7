/**
 * How fast sync events are consumed: the stream is filled first, then the service is started on
 * it, and the time is taken from the first event delivered to the last one acknowledged. With
 * `--peer-run`, the program that starts the Python service is measured in turn.
 *
 *     deno task bench:events [--events 20000] [--rounds 3] [--peer-run PATH]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { SIGNALS, synced } from "../events/harness.ts";
import { NatsClient, NatsServer } from "../support/nats_server.ts";
import { Service } from "../support/service.ts";
import { until } from "../support/until.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "20000" },
    rounds: { type: "string", default: "3" },
    "peer-run": { type: "string" },
  },
});
const events = Number(values.events);
const USERS = 1_000;
const IN_FLIGHT = 500;
const START = Date.UTC(2026, 0, 1);

async function fill(client: NatsClient): Promise<void> {
  const jsm = await client.jsm();
  await jsm.streams.add({ name: "signals", subjects: ["signals.>"] });
  const js = jsm.jetstream();
  for (let from = 0; from < events; from += IN_FLIGHT) {
    await Promise.all(
      [...Array(Math.min(IN_FLIGHT, events - from)).keys()].map((n) => {
        const i = from + n;
        // Each is newer than the last: each is written.
        const event = synced(`user-${i % USERS}`, i, new Date(START + i * 1000).toISOString());
        return js.publish("signals.task.synced", JSON.stringify(event));
      }),
    );
  }
}

/** Events a second, from the first one delivered on. */
async function rate(client: NatsClient): Promise<number> {
  let begun = 0;
  await until("the first event is delivered", async () => {
    begun = performance.now();
    try {
      return (await client.consumer("signals", SIGNALS)).delivered.stream_seq > 0;
    } catch {
      return false;
    }
  }, 60);
  await client.settled("signals", SIGNALS, 120);
  return events / (performance.now() - begun) * 1000;
}

type Start = (env: Record<string, string>) => Promise<AsyncDisposable>;

async function measure(start: Start): Promise<number> {
  await using server = await NatsServer.start();
  await using client = await NatsClient.open(server);
  await fill(client);
  const stateDir = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using _ = await start({ STATE_DIR: stateDir, NATS_URL: server.url });
    return await rate(client);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

const startPeer = (run: string): Start => (env) => {
  const options = { env: { ...env, PORT: "8399" }, stdout: "null", stderr: "null" } as const;
  const process = new Deno.Command(run, options).spawn();
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
    },
  });
};

const median = (numbers: number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const ours: number[] = [];
const theirs: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  ours.push(await measure((env) => Service.start(env)));
  const run = values["peer-run"];
  if (run !== undefined) theirs.push(await measure(startPeer(run)));
}
console.log(`this service: ${Math.round(median(ours))} events/s of ${ours.map(Math.round)}`);
if (theirs.length > 0) {
  console.log(`the Python service: ${Math.round(median(theirs))} of ${theirs.map(Math.round)}`);
  console.log(`${(median(ours) / median(theirs)).toFixed(1)} times`);
}
