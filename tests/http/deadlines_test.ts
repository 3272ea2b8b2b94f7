import assert from "node:assert/strict";
import { Deadlines } from "../../src/http/deadlines.ts";
import { createApp } from "../../src/http/app.ts";
import { until } from "../support/until.ts";
import { FakeServices, post, sanitize } from "./fake_services.ts";

Deno.test("what comes in time is passed on, whether good or bad", sanitize, async () => {
  const deadlines = new Deadlines(60_000, () => new Error("late"));
  assert.equal(await deadlines.within(Promise.resolve(7)), 7);
  await assert.rejects(deadlines.within(Promise.reject(new Error("bad"))), /bad/);
});

Deno.test("each has its own time, and one after the other is late", sanitize, async () => {
  const deadlines = new Deadlines(40, () => new Error("late"));
  const late: number[] = [];
  const never = () => deadlines.within(new Promise<never>(() => {}));
  const start = (name: number) => never().catch(() => late.push(name));
  const first = start(1);
  const half = performance.now() + 20;
  await until("half of its time is over", () => performance.now() > half);
  const second = start(2);
  await first;
  await second;
  assert.deepEqual(late, [1, 2]);
  // None waits: the next one winds the timer up again.
  await assert.rejects(never(), /late/);
});

Deno.test("what fails after its time goes nowhere", sanitize, async () => {
  const deadlines = new Deadlines(1, () => new Error("late"));
  const { promise, reject } = Promise.withResolvers<never>();
  await assert.rejects(deadlines.within(promise), /late/);
  reject(new Error("too late to tell"));
});

Deno.test("a body that does not come in time is a 408, however it is sent", sanitize, async () => {
  const services = new FakeServices({ requestTimeoutMs: 20 });
  const app = createApp(services);
  for (const headers of [{}, { "content-length": "1000" }, { "content-length": "100000" }]) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    const response = await app.request("/score", { ...post("", headers), body });
    assert.equal(response.status, 408);
    assert.equal(response.headers.get("connection"), "close");
    assert.match((await response.json()).detail, /did not come in time/);
  }
  assert.deepEqual(services.calls, []);
  assert.deepEqual(services.logged, []);
});
