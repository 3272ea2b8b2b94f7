import assert from "node:assert/strict";
import { test } from "../../support/scorer.ts";
import { ADMIN, API, bearer, guardedApp } from "./harness.ts";

const RESET = "/reset/u";
const OPERATOR = "/made/operator";
const HERE = "127.0.0.1:8000";
const EVIL = "evil.example:8000";

interface Sent {
  readonly host: string;
  readonly origin?: string;
  readonly "sec-fetch-site"?: string;
}

async function statuses(env: Record<string, string>, headers: Sent, more = {}): Promise<string> {
  const { app } = await guardedApp(env);
  const answers = await Promise.all([RESET, OPERATOR].map(async (path) => {
    const response = await app.request(path, { method: "POST", headers: { ...headers, ...more } });
    const { detail } = await response.json();
    if (response.status === 403) {
      assert.match(detail, /set A\w+_TOKEN|A\w+_TOKEN is not set|tokens in ADMIN_TOKEN/);
    }
    return response.status;
  }));
  return answers.join(" ");
}

test("without tokens on a loopback HOST a page from elsewhere opens nothing", async () => {
  const cases: [headers: Sent, statuses: string][] = [
    [{ host: HERE }, "200 200"],
    [{ host: "localhost:8000" }, "200 200"],
    [{ host: "LocalHost" }, "200 200"],
    [{ host: "[::1]:8000" }, "200 200"],
    // The page of /docs, and the address bar.
    [{ host: HERE, origin: `http://${HERE}`, "sec-fetch-site": "same-origin" }, "200 200"],
    [{ host: HERE, "sec-fetch-site": "none" }, "200 200"],
    [{ host: HERE, origin: "http://evil.example", "sec-fetch-site": "cross-site" }, "403 403"],
    [{ host: HERE, "sec-fetch-site": "cross-site" }, "403 403"],
    [{ host: HERE, "sec-fetch-site": "same-site" }, "403 403"],
    [{ host: HERE, origin: "http://evil.example" }, "403 403"],
    [{ host: HERE, origin: "http://127.0.0.1:3000" }, "403 403"],
    [{ host: HERE, origin: "null" }, "403 403"],
    // A name that its owner lets point here.
    [{ host: EVIL, origin: `http://${EVIL}`, "sec-fetch-site": "same-origin" }, "403 403"],
    [{ host: EVIL, origin: `http://${EVIL}` }, "403 403"],
    [{ host: EVIL }, "403 403"],
    [{ host: "127.0.0.1.evil.example" }, "403 403"],
    [{ host: "10.0.0.7:8000" }, "403 403"],
    [{ host: "" }, "403 403"],
    [{ host: "a b" }, "403 403"],
  ];
  for (const [headers, expected] of cases) {
    assert.equal(await statuses({}, headers), expected, JSON.stringify(headers));
  }
});

test("on another HOST programs reset by any name, and pages by an address alone", async () => {
  const cases: [headers: Sent, statuses: string][] = [
    [{ host: "scorer:8000" }, "200 403"],
    [{ host: "10.0.0.7:8000" }, "200 403"],
    [{ host: "10.0.0.7:8000", origin: "http://10.0.0.7:8000" }, "200 403"],
    [{ host: "[fd00::7]:8000", origin: "http://[fd00::7]:8000" }, "200 403"],
    [{ host: HERE, origin: `http://${HERE}` }, "200 403"],
    [{ host: EVIL, origin: `http://${EVIL}` }, "403 403"],
    [{ host: HERE, origin: "http://evil.example" }, "403 403"],
  ];
  for (const [headers, expected] of cases) {
    assert.equal(await statuses({ HOST: "0.0.0.0" }, headers), expected, JSON.stringify(headers));
  }
});

test("a token is proof enough: no page can send it", async () => {
  const page = { host: EVIL, origin: "http://app.example", "sec-fetch-site": "cross-site" };
  assert.equal(await statuses({ API_TOKEN: API }, page, bearer(API)), "200 200");
  assert.equal(await statuses({ ADMIN_TOKEN: ADMIN }, page, bearer(ADMIN)), "200 200");
  assert.equal(
    await statuses({ API_TOKEN: API, ADMIN_TOKEN: ADMIN }, page, bearer(API)),
    "200 403",
  );
});
