import assert from "node:assert/strict";
import type { Failure } from "../../src/observability/failure.ts";
import { MOST_OF_A_KIND, Novelty } from "../../src/observability/novelty.ts";
import { StoreUnavailableError } from "../../src/store/mod.ts";
import { test } from "../support/scorer.ts";

const MINUTE = 60_000;

function failure(error: unknown, over: Partial<Failure> = {}): Failure {
  return { level: "error", logger: "http", what: "No", error, at: 0, properties: {}, ...over };
}

/** How many of these are news. */
function news(novelty: Novelty, ...failures: Failure[]): number {
  return failures.filter((each) => novelty.isNew(each)).length;
}

test("an error is news once, wherever it shows", () => {
  const novelty = new Novelty();
  const error = new Error("a");
  assert.ok(novelty.isNew(failure(error)));
  assert.ok(!novelty.isNew(failure(error)));
  assert.ok(!novelty.isNew(failure(error, { level: "fatal", what: "Died" })));
  assert.ok(novelty.isNew(failure(new Error("a"))));
});

test("a warning is no news, and does not hide the error that it told of", () => {
  const novelty = new Novelty();
  const error = new Error("a");
  assert.ok(!novelty.isNew(failure(error, { level: "warning" })));
  assert.ok(novelty.isNew(failure(error)));
});

test("an event is news once, by its stream and number", () => {
  const novelty = new Novelty();
  const of = (stream: string, seq: number) =>
    failure(new Error(), { properties: { stream, seq }, what: `${stream} ${seq}` });
  assert.ok(novelty.isNew(of("signals", 1)));
  assert.ok(!novelty.isNew(of("signals", 1)));
  assert.equal(news(novelty, of("signals", 2), of("feedback", 1)), 2);
  assert.equal(news(novelty, of("signals", 2), of("feedback", 1)), 0);
});

test("ten of a kind are news within a minute; other kinds are all the same", () => {
  const novelty = new Novelty();
  const many = (over: Partial<Failure>) =>
    news(novelty, ...Array.from({ length: 50 }, () => failure(new Error(), over)));
  assert.equal(many({}), MOST_OF_A_KIND);
  assert.equal(many({ at: MINUTE / 2 }), 0);
  assert.equal(many({ properties: { route: "/score" } }), MOST_OF_A_KIND);
  assert.equal(many({ what: "Other" }), MOST_OF_A_KIND);
  assert.ok(novelty.isNew(failure(new TypeError())));
  assert.equal(many({ at: MINUTE + 1 }), MOST_OF_A_KIND);
  assert.equal(many({ level: "fatal" }), 50);
});

test("an event that was one too many is news when there is room again", () => {
  const novelty = new Novelty();
  const of = (seq: number, at: number) =>
    failure(new Error(), { at, properties: { stream: "signals", seq } });
  for (let seq = 1; seq <= MOST_OF_A_KIND; seq++) assert.ok(novelty.isNew(of(seq, 0)));
  assert.ok(!novelty.isNew(of(99, 0)));
  assert.ok(novelty.isNew(of(99, MINUTE + 1)));
  assert.ok(!novelty.isNew(of(99, MINUTE + 2)));
});

test("an outage of the store is news when it begins, and again ten minutes after its end", () => {
  const novelty = new Novelty();
  const at = (minutes: number, message = "away", level: Failure["level"] = "warning") =>
    failure(new StoreUnavailableError(message), { at: minutes * MINUTE, level });
  assert.ok(novelty.isNew(at(0)));
  // It goes on for an hour.
  for (let minute = 1; minute <= 60; minute++) assert.ok(!novelty.isNew(at(minute)));
  assert.ok(!novelty.isNew(at(60, "away", "error")), "an event that fails of it is part of it");
  // One damaged record, which is asked for all the time, does not hide that the disk is full.
  assert.ok(novelty.isNew(at(61, "full")));
  assert.ok(novelty.isNew(at(70.1)));
});
