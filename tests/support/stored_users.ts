/**
 * Users as a store may hold them, at random: with odd ids, with huge, tiny and negative zero
 * numbers, with decisions alone or a sync alone.
 *
 * @module
 */
import fc from "fast-check";
import { labelsOf, POLICIES, type Policy } from "../../src/bandit/policies.ts";
import {
  type Counters,
  type Decision,
  type Model,
  NEW_USER,
  type UserRecord,
} from "../../src/bandit/records.ts";
import { ringOf } from "../../src/bandit/rings.ts";
import { UserId } from "../../src/contract/mod.ts";
import { openBulkStore } from "../../src/store/deno_kv/bulk.ts";
import type { StoredUser } from "../../src/store/stored_user.ts";
import { makeDecision, makeOrigin } from "./make.ts";

/** Records as object literals make them. */
const literal = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Sums that began with 0, and scores: never -0, of which msgpack would make 0. */
const positiveZero = finite.map((value) => value + 0);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Ids of every kind: names of Object's parts, letters beyond the BMP and just below them. */
const userId = fc.oneof(
  fc.constantFrom("__proto__", "toString", "a+b", "a/b", " ", '"', "\u{1f600}", "\uffee", "é", "é"),
  fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
  fc.string({ minLength: 1, maxLength: 12 }),
).filter((id) => UserId.safeParse(id).success);

const model = (d: number): fc.Arbitrary<Model> =>
  literal({
    // A diagonal that dominates, at any scale.
    off: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: d * d,
      maxLength: d * d,
    }),
    scale: fc.constantFrom(1e-150, 1, 3.3, 1e150),
    b: fc.array(
      fc.oneof(fc.constantFrom(-0, 5e-324), fc.double({ min: -9, max: 9, noNaN: true })),
      {
        minLength: d,
        maxLength: d,
      },
    ),
    rewardCount: fc.nat(1e6),
    cumulativeReward: positiveZero,
    lastUpdated: fc.option(fc.nat(2 ** 41)),
  }).map(({ off, scale, b, ...rest }) => {
    const A: number[] = [];
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) A.push(scale * (i === j ? d + 1 : off[i * d + j]!));
    }
    return { A: Float64Array.from(A), b: Float64Array.from(b), ...rest };
  });

/** For some of the policies, by name. */
function byPolicy<T>(each: (policy: Policy) => fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.subarray([...POLICIES]).chain((some) =>
    fc.tuple(...some.map((policy) => each(policy).map((value) => [policy.name, value] as const)))
  ).map((entries) => Object.fromEntries(entries));
}

const counters: fc.Arbitrary<Counters> = byPolicy(() =>
  literal({ pulls: fc.nat(99), explored: fc.constant(0), lastAt: fc.option(fc.nat(2 ** 41)) })
);

const record: fc.Arbitrary<UserRecord> = literal({
  floor: fc.nat(5),
  base: counters,
  models: byPolicy((policy) => model(labelsOf(policy).length)),
  rewards: fc.array(literal({ number: fc.nat(2 ** 48), reward: finite, at: fc.nat(2 ** 41) }), {
    maxLength: 4,
  }).map(ringOf),
  applied: fc.array(bytes(24), { maxLength: 3 }).map((all) =>
    Uint8Array.from(all.flatMap((each) => [...each]))
  ),
});

const decision = (number: number): fc.Arbitrary<Decision> =>
  literal({
    nonce: bytes(8),
    at: fc.nat(2 ** 41),
    policy: fc.constantFrom(...POLICIES.map(({ name }) => name)),
    exploring: fc.boolean(),
    propensity: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    score: positiveZero,
    origin: fc.constantFrom(null, makeOrigin("v1"), makeOrigin(null, "m\u2028")),
    sourceId: fc.option(fc.string()),
    inputs: literal({
      hour: fc.nat(23),
      day: fc.nat(6),
      profile: fc.option(fc.array(fc.option(positiveZero), {
        minLength: 5,
        maxLength: 5,
      })),
    }),
    counters,
  }).map((over) => makeDecision(number, over));

/** Some users, no two with the same id. */
export const storedUsers: fc.Arbitrary<StoredUser[]> = fc.uniqueArray(
  literal({
    user: userId,
    record: fc.option(record, { nil: undefined }),
    decisions: fc.nat(6).chain((n) =>
      fc.tuple(...Array.from({ length: n }, (_, i) => decision(i + 3)))
    ),
    sync: fc.option(literal({ lastSyncTs: fc.string(), taskCount: fc.nat() }), {
      nil: undefined,
    }),
  }).filter(({ record, decisions, sync }) =>
    record !== undefined || sync !== undefined || decisions.length > 0
  ),
  { selector: ({ user }) => user, minLength: 1, maxLength: 8 },
);

/** A state directory that holds these users, after a service or a command. */
export async function fill(directory: string, users: readonly StoredUser[]): Promise<void> {
  await using store = await openBulkStore({ directory, decisionLogSize: 256 });
  await store.replace(users);
}

/** A user as a service leaves one: so many decisions of one policy, and nothing learned. */
export function plainUser(user: string, decisions: number, over: Partial<Decision> = {}) {
  return {
    user,
    record: NEW_USER,
    decisions: Array.from({ length: decisions }, (_, i) => makeDecision(i + 1, over)),
    sync: { lastSyncTs: "2026-04-25T10:00:00Z", taskCount: 3 },
  } satisfies StoredUser;
}
