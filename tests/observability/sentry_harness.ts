/**
 * What a Sentry receives of the service as a process: calls with planted data, and what is looked
 * for in what was sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { decodeUser, encodeUser } from "../../src/store/codec.ts";
import { decodeUserRow, encodeUserRow, keys } from "../../src/store/deno_kv/layout.ts";
import { DATABASE } from "../../src/store/deno_kv/open.ts";
import { client } from "../support/http.ts";
import type { Event, SentryStub } from "../support/sentry.ts";
import { Service } from "../support/service.ts";

export const USER = "user-planted-7f3a";
export const TIP = "tip-planted-7f3a";
export const CONTENT = "content planted 7f3a";
export const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
export const SPAN = "00f067aa0ba902b7";

export const score = {
  user_id: USER,
  candidates: [{ id: TIP, content: CONTENT, source: "source-planted-7f3a" }],
};
export const headers = {
  "content-type": "application/json",
  traceparent: `00-${TRACE}-${SPAN}-01`,
  cookie: "cookie-planted-7f3a=1",
  "user-agent": "agent-planted-7f3a",
};

export async function post(url: string, body: unknown): Promise<number> {
  const response = await fetch(`${url}/score/egreedy?query=planted-7f3a`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

/** Changes the state of a service that does not run. */
export async function damage(
  stateDir: string,
  change: (kv: Deno.Kv) => Promise<unknown>,
): Promise<void> {
  {
    // A service makes the database, with a model of the user.
    await using service = await Service.start({ STATE_DIR: stateDir });
    await client(service.url).reward({ user_id: USER, tip_id: TIP, reward: 1, features: {} });
    assert.equal((await service.stop()).code, 0);
  }
  using kv = await Deno.openKv(`${stateDir}/${DATABASE}`);
  await change(kv);
}

/** Gives the user a model of another dimension, which nothing expects: the kernel refuses it. */
export async function breakModels(kv: Deno.Kv): Promise<void> {
  const { revision, bytes } = decodeUserRow((await kv.get(keys.user(USER))).value);
  const user = decodeUser(bytes);
  const models = Object.fromEntries(
    Object.entries(user.models).map(([name, model]) => [
      name,
      { ...model, A: new Float64Array(4), b: new Float64Array(2) },
    ]),
  );
  await kv.set(
    keys.user(USER),
    encodeUserRow({ revision, bytes: encodeUser({ ...user, models }) }),
  );
}

export const garble = (key: Deno.KvKey) => (kv: Deno.Kv) =>
  kv.set(key, new Uint8Array([0xc1, 0xff]));

/** What holds of everything that is sent. */
export function assertNoData({ text }: SentryStub): void {
  for (const planted of ["planted", "7f3a", "cookie", "authorization", Deno.hostname()]) {
    assert.ok(!text.includes(planted), `${planted} is in ${text}`);
  }
}

/** The only event that came. */
export function only({ events }: SentryStub): Event {
  assert.equal(events.length, 1, JSON.stringify(events));
  const [event] = events;
  assert.equal(event!.environment, "staging");
  assert.equal(event!.release, `tip-scorer@${project.version}`);
  return event!;
}

export const env = (folder: { path: string }, { dsn }: SentryStub) => ({
  STATE_DIR: folder.path,
  SENTRY_DSN: dsn,
  ENV: "staging",
});

/** What the log says of the failures, with the ids of their requests. */
export const failures = ({ lines }: Service) =>
  lines.filter(({ message }) => message === "Request failed");
