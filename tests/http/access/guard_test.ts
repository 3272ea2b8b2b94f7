import assert from "node:assert/strict";
import { test } from "../../support/scorer.ts";
import { ADMIN, API, bearer, guardedApp } from "./harness.ts";

const SENT = ["nothing", "wrong-token-0123456789", API, ADMIN];
const TOKENS: Record<string, Record<string, string>> = {
  none: {},
  api: { API_TOKEN: `older-token-0123456789, ${API}` },
  admin: { ADMIN_TOKEN: `${ADMIN},newer-token-0123456789` },
  both: { API_TOKEN: API, ADMIN_TOKEN: ADMIN },
};
const HOSTS = {
  loopback: ["127.0.0.1", "127.9.9.9", "::1", "localhost"],
  open: ["0.0.0.0", "::", "10.0.0.7", "scorer", "127.0.0.1.example"],
};
const ENVS = { development: ["development"], elsewhere: ["test", "staging", "production"] };
const PATHS: Record<string, [method: string, path: string]> = {
  open: ["GET", "/health"],
  head: ["HEAD", "/ready"],
  calls: ["GET", "/stats/u"],
  docs: ["GET", "/docs"],
  document: ["GET", "/openapi.json"],
  asset: ["GET", "/docs/start.js"],
  nothing: ["GET", "/nothing"],
  method: ["OPTIONS", "/score"],
  metrics: ["GET", "/made/metrics"],
  reset: ["POST", "/reset/u"],
  operator: ["POST", "/made/operator"],
};

/** By tokens set, ENV, HOST and kind of route: the answers to each of SENT. `*` is every one. */
const MATRIX: [tokens: string, env: string, host: string, kinds: string, statuses: string][] = [
  ["*", "*", "*", "open head", "200 200 200 200"],
  ["none admin", "*", "*", "calls docs document asset metrics", "200 200 200 200"],
  ["none admin", "*", "*", "nothing", "404 404 404 404"],
  ["none admin", "*", "*", "method", "405 405 405 405"],
  ["none", "development", "*", "reset", "200 200 200 200"],
  ["none", "elsewhere", "*", "reset", "403 403 403 403"],
  ["none", "development", "loopback", "operator", "200 200 200 200"],
  ["none", "development", "open", "operator", "403 403 403 403"],
  ["none", "elsewhere", "*", "operator", "403 403 403 403"],
  ["api", "*", "*", "calls docs document asset metrics reset", "401 401 200 401"],
  ["api", "*", "*", "nothing", "401 401 404 401"],
  ["api", "*", "*", "method", "401 401 405 401"],
  ["api", "development", "loopback", "operator", "401 401 200 401"],
  ["api", "development", "open", "operator", "401 401 403 401"],
  ["api", "elsewhere", "*", "operator", "401 401 403 401"],
  ["admin", "*", "*", "reset operator", "401 401 401 200"],
  ["both", "*", "*", "calls docs document asset metrics reset", "401 401 200 200"],
  ["both", "*", "*", "nothing", "401 401 404 404"],
  ["both", "*", "*", "method", "401 401 405 405"],
  ["both", "*", "*", "operator", "401 401 403 200"],
];

const matches = (pattern: string, name: string) =>
  pattern === "*" || pattern.split(" ").includes(name);

test("who may call what, by the tokens set, ENV, HOST and the token sent", async () => {
  let calls = 0;
  for (const [tokens, set] of Object.entries(TOKENS)) {
    for (const [place, envs] of Object.entries(ENVS)) {
      for (const [kindOfHost, hosts] of Object.entries(HOSTS)) {
        const rows = MATRIX.filter(([a, b, c]) =>
          matches(a, tokens) && matches(b, place) && matches(c, kindOfHost)
        );
        for (const [ENV, HOST] of envs.flatMap((env) => hosts.map((host) => [env, host]))) {
          const { app } = await guardedApp({ ...set, ENV: ENV!, HOST: HOST! });
          for (const [kind, [method, path]] of Object.entries(PATHS)) {
            const found = rows.filter(([, , , kinds]) => matches(kinds, kind));
            assert.equal(found.length, 1, `${tokens} ${place} ${kindOfHost} ${kind}`);
            const statuses = await Promise.all(SENT.map(async (token) => {
              const headers = token === "nothing" ? {} : bearer(token);
              const response = await app.request(path, { method, headers });
              await response.body?.cancel();
              return response.status;
            }));
            assert.equal(statuses.join(" "), found[0]![4], `${tokens} ${ENV} ${HOST} ${kind}`);
            calls += statuses.length;
          }
        }
      }
    }
  }
  assert.equal(calls, 4 * 4 * 9 * 11 * 4);
});

test("METRICS_OPEN opens /metrics alone", async () => {
  const { app } = await guardedApp({ ...TOKENS["both"], METRICS_OPEN: "true" });
  assert.equal((await app.request("/made/metrics")).status, 200);
  assert.equal((await app.request("/stats/u")).status, 401);
});

test("each of several tokens opens, so that one can replace another", async () => {
  const { app } = await guardedApp({ ...TOKENS["api"], ...TOKENS["admin"] });
  for (const token of [API, ADMIN, "older-token-0123456789", "newer-token-0123456789"]) {
    assert.equal((await app.request("/stats/u", { headers: bearer(token) })).status, 200, token);
  }
});

test("a token is sent as RFC 6750 has it, and no other way", async () => {
  const { app } = await guardedApp(TOKENS["both"]!);
  const plain = 'Bearer realm="tip-scorer"';
  const invalid = `${plain}, error="invalid_token"`;
  const cases: [header: string, status: number, challenge: string | null][] = [
    [`Bearer ${API}`, 200, null],
    [`bearer ${API}`, 200, null],
    [`BEARER   ${API}`, 200, null],
    [` Bearer ${API} `, 200, null],
    [`Bearer ${API}x`, 401, invalid],
    [`Bearer ${API.toUpperCase()}`, 401, invalid],
    [`Bearer ${API.slice(0, -1)}`, 401, invalid],
    [`Bearer ${API}, Bearer ${ADMIN}`, 401, invalid],
    [`Bearer ${API} ${API}`, 401, invalid],
    [`Bearer "${API}"`, 401, invalid],
    [`Bearer ${"x".repeat(10_000)}`, 401, invalid],
    [`Bearer`, 401, plain],
    [`Bearer${API}`, 401, plain],
    [`Basic ${btoa(`x:${API}`)}`, 401, plain],
    [API, 401, plain],
    ["", 401, plain],
  ];
  for (const [authorization, status, challenge] of cases) {
    const response = await app.request("/stats/u", { headers: { authorization } });
    assert.equal(response.status, status, authorization.slice(0, 50));
    assert.equal(response.headers.get("www-authenticate"), challenge);
  }
  for (const path of [`/stats/u?access_token=${API}`, `/stats/u?token=${API}`]) {
    assert.equal((await app.request(path)).status, 401);
  }
});

test("a refusal says how to mend it, the same for each wrong token, and names none", async () => {
  const { app, services } = await guardedApp(TOKENS["both"]!);
  const answer = async (path: string, headers: Record<string, string>) => {
    const response = await app.request(path, { method: "POST", headers });
    return [...response.headers, await response.text()].filter((part) =>
      !/^(x-request-id|traceresponse),/.test(String(part))
    ).join("\n");
  };
  const wrong = ["wrong", `${API}x`, API.slice(1), ADMIN.toUpperCase(), "x".repeat(256)];
  const answers = await Promise.all(wrong.map((token) => answer("/reset/u", bearer(token))));
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0]!, /API_TOKEN or ADMIN_TOKEN/);
  assert.match(await answer("/reset/u", {}), /Authorization: Bearer TOKEN/);
  const forbidden = await answer("/made/operator", bearer(API));
  assert.match(forbidden, /ADMIN_TOKEN/);
  assert.doesNotMatch(answers.join() + forbidden, /token-0123|x{20}/i);
  assert.deepEqual(services.calls, []);
  assert.doesNotMatch(JSON.stringify([services.logged, services.answers]), /token-0123|x{20}/i);
});

test("what is closed for want of a token says which setting opens it", async () => {
  const detail = async (env: Record<string, string>, path: string) => {
    const { app } = await guardedApp(env);
    const response = await app.request(path, { method: "POST" });
    assert.equal(response.status, 403);
    return (await response.json()).detail;
  };
  assert.match(await detail({ ENV: "production" }, "/reset/u"), /API_TOKEN.*\/reset.*development/);
  for (const env of [{ ENV: "production" }, { HOST: "0.0.0.0" }]) {
    assert.match(await detail(env, "/made/operator"), /ADMIN_TOKEN is not set.*loopback/);
  }
});

test("no answer allows another origin, and none names the server", async () => {
  const { app } = await guardedApp({});
  const headers = {
    origin: "http://localhost:8000",
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
  };
  const requests: [method: string, path: string, status: number][] = [
    ["OPTIONS", "/score", 405],
    ["GET", "/stats/u", 200],
    ["GET", "/docs", 200],
  ];
  for (const [method, path, status] of requests) {
    const response = await app.request(path, { method, headers });
    await response.body?.cancel();
    assert.equal(response.status, status);
    const names = [...response.headers.keys()];
    assert.deepEqual(names.filter((name) => /^access-control|^server$/.test(name)), []);
  }
});
