import assert from "node:assert/strict";
import project from "../../../deno.json" with { type: "json" };
import { Exposition } from "../../support/exposition.ts";
import { test } from "../../support/scorer.ts";
import { withBusyService } from "./busy_service.ts";

test("/metrics tells exactly what the service did", async () => {
  const before = Date.now();
  await withBusyService(async ({ url }) => {
    const response = await fetch(`${url}/metrics`);
    assert.equal(
      response.headers.get("content-type"),
      "text/plain; version=0.0.4; charset=utf-8",
    );
    const found = new Exposition(await response.text());

    const requests = {
      "POST /score 200": 1,
      "POST /score 422": 1,
      "POST /score/egreedy 200": 1,
      "POST /score/egreedy/v2 200": 1,
      "POST /reward 200": 2,
      "POST /reward/egreedy 200": 2,
      "POST /reset/:user_id 200": 2,
      "POST /generate 200": 1,
      "POST /generate 502": 1,
      "GET /stats/:user_id 200": 1,
      "GET (none) 404": 1,
      "(other) (none) 404": 1,
    };
    assert.deepEqual(found.all("http_requests_total"), requests);
    const timed = found.all("http_request_duration_seconds_count");
    assert.equal(timed["/score"], 2);
    assert.equal(timed["(none)"], 2);
    assert.equal(found.value("http_requests_in_flight"), 1);

    assert.deepEqual(found.all("decisions_total"), {
      "linucb-v1 task false": 1,
      "egreedy-v1 task true": 1,
      "egreedy-v2 task true": 1,
      "egreedy-v2 llm true": 1,
    });
    assert.deepEqual(found.all("rewards_total"), {
      "linucb-v1 false": 1,
      "linucb-v1 true": 1,
      "egreedy-v1 false": 2,
    });
    assert.deepEqual(found.all("reward_value_total"), {
      "linucb-v1 positive": 1,
      "egreedy-v1 positive": 0.25,
      "egreedy-v1 negative": 0.5,
    });
    assert.equal(found.value("resets_total"), 1); // nobody was unknown
    assert.equal(found.value("profile_names_unknown_total"), 2);
    assert.deepEqual(found.all("user_lookups_total"), { hit: 8, miss: 3 });
    assert.equal(found.value("users_in_memory"), 3);
    assert.equal(found.value("users_in_memory_limit"), 77);
    // The kernel learns where it has the model: bob was never scored.
    assert.deepEqual(found.all("kernel_duration_seconds_count"), { rank: 4, learn: 2 });
    assert.ok(found.value("kernel_duration_seconds_sum", { operation: "rank" }) > 0);

    // Four decisions, three rewards, a reset; one after the other.
    assert.equal(found.value("store_commit_duration_seconds_count"), 8);
    assert.equal(found.value("store_batch_writes_sum"), 8);
    assert.equal(found.value("store_failed_commits_total"), 0);
    assert.equal(found.value("store_waiting_writes"), 0);
    assert.equal(found.value("waiting_calls"), 0);
    assert.equal(found.value("waiting_calls_limit"), 555);

    assert.deepEqual(found.all("llm_calls_total"), { ok: 1, refused: 1 });
    assert.equal(found.value("llm_call_duration_seconds_count"), 2);
    assert.deepEqual(found.all("llm_tokens_total"), {
      "prompt gpt-stub": 100,
      "completion gpt-stub": 20,
    });
    assert.deepEqual(found.all("tips_generated_total"), { "v2-mentor": 2 });

    assert.equal(found.value("ready"), 1);
    assert.equal(found.value("events_enabled"), 0);
    const build = { version: project.version, deno: Deno.version.deno };
    assert.equal(found.value("build_info", build), 1);
    // A process of this kind takes at least so much; without permissions some APIs say 0.
    assert.ok(found.value("process_resident_memory_bytes") > 30e6);
    assert.ok(found.value("heap_used_bytes") > 1e6);
    assert.ok(found.value("process_cpu_seconds_total") > 0.01);
    const started = found.value("process_start_time_seconds") * 1000;
    assert.ok(started > before - 1000 && started < Date.now(), `${started}`);

    const again = await Exposition.of(url);
    assert.deepEqual(again.all("http_requests_total"), { ...requests, "GET /metrics 200": 1 });
  });
});
