import assert from "node:assert/strict";
import { ExportedUser } from "../../../src/contract/mod.ts";
import { EventsOffError } from "../../../src/events/errors.ts";
import type { Operation } from "../../../src/http/endpoint.ts";
import { importUser } from "../../../src/export/user.ts";
import { plainUser } from "../../support/stored_users.ts";
import { fakeApp, problems, sanitize } from "../fake_services.ts";

Deno.test("what operators alone may do says so, and what of it writes", sanitize, () => {
  const { app } = fakeApp();
  const found = app.routes.filter(({ path }) => path.startsWith("/admin/"));
  assert.equal(found.length, 6);
  for (const { method, path, handler } of found) {
    assert("operation" in handler);
    const { access, writes } = handler.operation as Operation;
    assert.equal(access, "operator", path);
    assert.equal(writes === true, method !== "GET", `${method} ${path}`);
  }
});

Deno.test("the user to erase is the one that the path names, to the letter", sanitize, async () => {
  const { app, services } = fakeApp();
  for (const id of ["a/b", "%zz", "東京", "e\u0301", "x".repeat(256)]) {
    const path = `/admin/users/${encodeURIComponent(id)}`;
    const response = await app.request(path, { method: "DELETE" });
    assert.deepEqual([response.status, await response.json()], [200, { ok: true }]);
    assert.deepEqual(services.calls.pop(), { use: "erase", userId: id });
  }
  for (const bad of ["%00", "%zz", "x".repeat(257)]) {
    const response = await app.request(`/admin/users/${bad}`, { method: "DELETE" });
    assert.equal(response.status, 422, bad);
    assert.match((await problems(response)).join(), /^path\.user_id /);
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("what is kept of a user is answered whole, and of nobody nothing", sanitize, async () => {
  const { app, services } = fakeApp();
  const stored = plainUser("a/b", 2);
  services.storedUsers.set("a/b", stored);
  const response = await app.request("/admin/users/a%2Fb");
  assert.equal(response.status, 200);
  assert.deepEqual(importUser(ExportedUser.parse(await response.json())), stored);
  const unknown = await app.request("/admin/users/bob");
  assert.equal(unknown.status, 404);
  assert.deepEqual(await unknown.json(), { detail: "Nothing is kept of this user" });
});

Deno.test("a page of dead letters has bounds", sanitize, async () => {
  const { app, services } = fakeApp();
  const good: [query: string, limit: number, after: number][] = [
    ["", 100, 0],
    ["?limit=1000&after=17", 1000, 17],
    ["?limit=1", 1, 0],
    ["?after=999999999999999", 100, 999_999_999_999_999],
  ];
  for (const [query, limit, after] of good) {
    const response = await app.request(`/admin/dead-letters${query}`);
    assert.deepEqual(await response.json(), { letters: [], next: null });
    assert.deepEqual(services.calls.pop(), { use: "page", limit, after });
  }
  const bad: [query: string, problem: string][] = [
    ["limit=0", "query.limit greater_than_equal"],
    ["limit=1001", "query.limit less_than_equal"],
    ["limit=", "query.limit int_parsing"],
    ["limit=1.5", "query.limit int_parsing"],
    ["after=signals.1", "query.after int_parsing"],
    ["after=-1", "query.after greater_than_equal"],
    [`after=${"9".repeat(16)}`, "query.after less_than_equal"],
    [`after=${"9".repeat(17)}`, "query.after int_parsing"],
  ];
  for (const [query, problem] of bad) {
    const response = await app.request(`/admin/dead-letters?${query}`);
    assert.equal(response.status, 422, query);
    assert.deepEqual(await problems(response), [problem]);
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("a dead letter's name is a stream and a number, or a 422", sanitize, async () => {
  const { app, services } = fakeApp();
  const routes = [
    ["GET", "", "whole"],
    ["DELETE", "", "purge"],
    ["POST", "/replay", "replay"],
  ] as const;
  for (const [method, action, use] of routes) {
    for (const name of ["signals.17", "a/b.1", "東京.2"]) {
      const path = `/admin/dead-letters/${encodeURIComponent(name)}${action}`;
      assert.equal((await app.request(path, { method })).status, 200);
      assert.deepEqual(services.calls.pop(), { use, name });
    }
    for (
      const bad of ["signals", "signals.", ".1", "*.1", "%3E.1", "a.b.1", "signals.1%20", "%zz"]
    ) {
      const response = await app.request(`/admin/dead-letters/${bad}${action}`, { method });
      assert.equal(response.status, 422, bad);
      assert.match((await problems(response)).join(), /^path\.name /);
    }
  }
  assert.deepEqual(services.calls, []);
});

Deno.test("without NATS every call of dead letters is a 503 that says so", sanitize, async () => {
  const { app, services } = fakeApp();
  services.failure = new EventsOffError("NATS_URL is not set: there are no events");
  for (
    const [method, path] of [
      ["GET", ""],
      ["GET", "/signals.1"],
      ["DELETE", "/signals.1"],
      ["POST", "/signals.1/replay"],
    ] as const
  ) {
    const response = await app.request(`/admin/dead-letters${path}`, { method });
    assert.equal(response.status, 503);
    assert.match((await response.json()).detail, /^NATS_URL is not set/);
    assert.equal(response.headers.get("retry-after"), null);
  }
});
