import process from "node:process";
import { Counter, Gauge, type Registry } from "prom-client";
import project from "../../../deno.json" with { type: "json" };
import type { Instruments } from "./instruments.ts";

const MICROSECONDS = 1e6;

/**
 * What the process itself uses. Not by prom-client's collectDefaultMetrics: without permission to
 * read /proc it says 0 for resident memory and open files, and its event-loop lag sees no lag.
 */
export function registerProcess(make: Instruments, registry: Registry): void {
  const registers = [registry];
  const started = new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since 1970.",
    registers,
  });
  started.set(performance.timeOrigin / 1000);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time used, of the user and the system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / MICROSECONDS);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers,
    collect() {
      this.set(Deno.memoryUsage().rss);
    },
  });
  make.reading(
    "heap_used_bytes",
    "JavaScript heap in use.",
    () => Deno.memoryUsage().heapUsed,
  );
  make.reading(
    "heap_total_bytes",
    "JavaScript heap taken from the system.",
    () => Deno.memoryUsage().heapTotal,
  );
  make.reading(
    "external_memory_bytes",
    "Memory of JavaScript objects outside its heap.",
    () => Deno.memoryUsage().external,
  );
  const build = make.gauge("build_info", "1, for the versions.", ["version", "deno"]);
  build.set({ version: project.version, deno: Deno.version.deno }, 1);
}
