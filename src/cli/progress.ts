import { SingleBar } from "cli-progress";
import process from "node:process";
import type { Terminal } from "./command.ts";

/** The part of cli-progress that is used; it brings no types. */
interface ProgressBar {
  start(total: number, value: number): void;
  setTotal(total: number): void;
  increment(): void;
  update(value: number): void;
  stop(): void;
}

/** How far a command is, until it is disposed of. */
export interface Progress extends Disposable {
  /** One more is done. */
  step(): void;
  /** So many of so many are done. */
  set(value: number, total: number): void;
}

/** A progress bar on stderr, where someone watches. */
export function startProgress(total: number, unit: string, { watched }: Terminal): Progress {
  if (!watched) return { step: () => {}, set: () => {}, [Symbol.dispose]: () => {} };
  const bar: ProgressBar = new SingleBar({
    format: `{bar} {value}/{total} ${unit}`,
    stream: process.stderr,
  });
  bar.start(total, 0);
  return {
    step: () => bar.increment(),
    set(value, total) {
      bar.setTotal(total);
      bar.update(value);
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
