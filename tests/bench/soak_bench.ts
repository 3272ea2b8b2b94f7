/**
 * A soak: half the top rate, scores and rewards in turn, for ten minutes. It reports how resident
 * memory and p99 go over time; server on processor 0, two load generators (oha) on processor 1.
 *
 *     deno task bench:soak [--minutes 10]
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  flagsOfStart,
  load,
  median,
  residentMb,
  rewardBodies,
  scoreBodies,
  startServer,
} from "./load.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);

const SLICE_S = 20;
const TOP_S = 10;
const CONNECTIONS = 32;

/** One slice of the soak. */
interface Slice {
  /** Minutes since the start, at its end. */
  readonly at: number;
  readonly residentMb: number;
  readonly stateMb: number;
  readonly p99: number;
}

/** The slope of y over x by least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  return mean((p) => (p[0] - x) * (p[1] - y)) / mean((p) => (p[0] - x) ** 2);
}

function stateMb(directory: string): number {
  let bytes = 0;
  for (const { name } of Deno.readDirSync(directory)) {
    bytes += Deno.statSync(`${directory}/${name}`).size;
  }
  return bytes / 1e6;
}

async function soak(directory: string): Promise<void> {
  const paths = { "/score": `${directory}/scores`, "/reward": `${directory}/rewards` };
  await Deno.writeTextFile(paths["/score"], scoreBodies());
  await Deno.writeTextFile(paths["/reward"], rewardBodies());
  const state = `${directory}/state`;
  await using service = await startServer(
    "../../src/main.ts",
    { STATE_DIR: state, PORT: "0" },
    `${directory}/log`,
    await flagsOfStart(),
  );
  /** Scores and rewards at once; `rate` is of both together. */
  const both = async (seconds: number, rate?: number) => {
    const open = rate === undefined
      ? []
      : ["-q", `${Math.round(rate / 2)}`, "--latency-correction"];
    return await Promise.all(
      Object.entries(paths).map(([path, file]) =>
        load(`${service.url}${path}`, file, seconds, ["-c", `${CONNECTIONS}`, ...open])
      ),
    );
  };
  await both(TOP_S); // warm-up
  const top = (await both(TOP_S)).reduce((sum, { rate }) => sum + rate, 0);
  console.log(`top rate ${top.toFixed(0)}/s, scores and rewards; from here on half of it`);

  const slices: Slice[] = [];
  let failed = 0;
  const start = performance.now();
  console.log("| minute | resident MB | state MB | p99 of scores ms |\n|---|---|---|---|");
  while (performance.now() - start < minutes * 60_000) {
    const [scores, rewards] = await both(SLICE_S, top / 2);
    failed += scores!.failed + rewards!.failed;
    const at = (performance.now() - start) / 60_000;
    const slice = {
      at,
      residentMb: await residentMb(service),
      stateMb: stateMb(state),
      p99: scores!.p99,
    };
    slices.push(slice);
    console.log(
      `| ${at.toFixed(1)} | ${slice.residentMb.toFixed(0)} | ${slice.stateMb.toFixed(0)} | ` +
        `${slice.p99.toFixed(1)} |`,
    );
  }
  // The first third fills caches and the log of decisions.
  const settled = slices.slice(Math.floor(slices.length / 3));
  const third = Math.ceil(settled.length / 2);
  const p99 = (part: readonly Slice[]) => median(part.map(({ p99 }) => p99));
  console.log(
    `memory: ${
      slope(settled.map(({ at, residentMb }) => [at, residentMb])).toFixed(2)
    } MB a minute`,
    `over the last ${(settled.at(-1)!.at - settled[0]!.at).toFixed(1)} minutes;`,
    `p99: median ${p99(settled.slice(0, third)).toFixed(1)} ms, then`,
    `${p99(settled.slice(third)).toFixed(1)} ms; answers other than 200: ${failed}`,
  );
}

const directory = await Deno.makeTempDir({ prefix: "soak-" });
try {
  await soak(directory);
} finally {
  await Deno.remove(directory, { recursive: true });
}
