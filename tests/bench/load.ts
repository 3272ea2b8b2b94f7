/**
 * What the benches of HTTP share: a server pinned to processor 0, oha pinned to processor 1.
 *
 * @module
 */
import { z } from "zod";

const USERS = 1000;
const CANDIDATES = 10;

const features = (user: number, i: number) => ({
  hour_of_day: user % 24,
  is_overdue: i % 3 === 0,
  task_age_days: (user + i) % 40 / 2,
  priority: 1 + i % 4,
});

/** Bodies of /score, one a line: 10 candidates each, many users, so that rows are scattered. */
export const scoreBodies = () =>
  Array.from({ length: USERS }, (_, user) =>
    JSON.stringify({
      user_id: `user-${user}`,
      context: { hour_of_day: user % 24, day_of_week: user % 7 },
      candidates: Array.from({ length: CANDIDATES }, (_, i) => ({
        id: `tip-${user}-${i}`,
        content: "Open the tax form and fill in page one only.",
        source: "todoist",
        source_id: `task-${user * CANDIDATES + i}`,
        features: features(user, i),
      })),
    })).join("\n");

/** Bodies of /reward, one a line, for the same users. */
export const rewardBodies = () =>
  Array.from({ length: USERS }, (_, user) =>
    JSON.stringify({
      user_id: `user-${user}`,
      tip_id: `tip-${user}-0`,
      reward: user % 3 - 1,
      features: features(user, user),
      day_of_week: user % 7,
    })).join("\n");

const Report = z.object({
  summary: z.object({ successRate: z.number(), requestsPerSec: z.number() }),
  latencyPercentiles: z.object({ p50: z.number(), p99: z.number() }),
  statusCodeDistribution: z.record(z.string(), z.int()),
});

/** What oha saw. */
export interface Figures {
  /** Answers with a 200 a second. */
  readonly rate: number;
  /** In milliseconds, as p99. */
  readonly p50: number;
  readonly p99: number;
  /** Answers with another status; the Python service has some where requests meet. */
  readonly failed: number;
}

/** Posts the bodies of a file to a URL for some seconds. */
export async function load(
  url: string,
  file: string,
  seconds: number,
  args: readonly string[],
): Promise<Figures> {
  const { stdout, success, stderr } = await new Deno.Command("taskset", {
    args: ["-c", "1", Deno.env.get("OHA") ?? "oha", "--no-tui", "--output-format", "json"].concat(
      ["-m", "POST", "-H", "content-type: application/json", "-Z", file, "-z", `${seconds}s`],
      args,
      url,
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

/** The flags of `deno task start` that change how fast it is. */
export async function flagsOfStart(): Promise<string[]> {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  return [...config.matchAll(/--v8-flags=\S+/g)].slice(0, 1).map(([flags]) => flags);
}

/** A server on processor 0. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Starts a script that prints where it listens; what it prints goes to a file, as nobody reads. */
export async function startServer(
  script: string,
  env: Record<string, string>,
  log: string,
  flags: readonly string[] = [],
): Promise<Server> {
  const main = new URL(script, import.meta.url).pathname;
  const process = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" > "$LOG"', "--", "taskset", "-c", "0"].concat(
      [Deno.execPath(), "run", ...flags, "-A", main],
    ),
    env: { ...env, LOG: log },
  }).spawn();
  let ended = false;
  process.status.then(() => ended = true);
  let url: string | undefined;
  while (url === undefined) {
    if (ended) throw new Error(`${script} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const text = await Deno.readTextFile(log).catch(() => "");
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
  }
  return {
    url,
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}

/** The middle one of some values. */
export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * Resident memory of a process, in MB. By `cat`, as Deno lets nobody read in /proc who has not all
 * permissions.
 */
export async function residentMb({ pid }: { readonly pid: number }): Promise<number> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  return Number(/VmRSS:\s+(\d+) kB/.exec(new TextDecoder().decode(stdout))![1]) / 1024;
}
