import { z } from "zod";
import {
  DeadLetterResponse,
  DeadLettersResponse,
  MAX_DEAD_LETTERS,
  PurgeResponse,
  ReplayResponse,
} from "../../contract/mod.ts";
import { letterEndpoint, queryEndpoint } from "../endpoint.ts";
import { intOf } from "../query.ts";
import type { Services } from "../services.ts";

const LIMIT = {
  name: "limit",
  schema: z.int().min(1).max(MAX_DEAD_LETTERS).default(100),
  description: "How many letters a page has at most",
} as const;
const AFTER = {
  name: "after",
  schema: z.int().min(0).default(0),
  description: "The `next` of the page before",
} as const;

const operator = { tag: "admin", access: "operator" } as const;

/** GET /admin/dead-letters. */
export function deadLetters({ deadLetters }: Services) {
  return queryEndpoint({
    ...operator,
    id: "dead_letters",
    summary: "Events that were given up, oldest first",
    query: [LIMIT, AFTER],
    answer: DeadLettersResponse,
    errors: [422, 503],
  }, (query) => deadLetters.page(intOf(LIMIT, query), intOf(AFTER, query)));
}

/** GET /admin/dead-letters/{name}. */
export function deadLetter({ deadLetters }: Services) {
  return letterEndpoint({
    ...operator,
    id: "dead_letter",
    summary: "An event that was given up, and its payload",
    answer: DeadLetterResponse,
    errors: [404, 422, 503],
  }, async (name) => ({ letters: await deadLetters.whole(name) }));
}

/** POST /admin/dead-letters/{name}/replay: needs no body, and reads none. */
export function replayDeadLetter({ deadLetters }: Services) {
  return letterEndpoint({
    ...operator,
    id: "replay_dead_letter",
    summary: "Publish an event again where it came from",
    description: "The letter is removed. An event that is still not valid becomes another one.",
    answer: ReplayResponse,
    writes: true,
    errors: [404, 422, 503],
  }, async (name) => ({ replayed: await deadLetters.replay(name) }));
}

/** DELETE /admin/dead-letters/{name}. */
export function purgeDeadLetter({ deadLetters }: Services) {
  return letterEndpoint({
    ...operator,
    id: "purge_dead_letter",
    summary: "Remove an event that was given up",
    answer: PurgeResponse,
    writes: true,
    errors: [404, 422, 503],
  }, async (name) => ({ purged: await deadLetters.purge(name) }));
}
