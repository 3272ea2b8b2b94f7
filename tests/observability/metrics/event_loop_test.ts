import assert from "node:assert/strict";
import { Metrics } from "../../../src/observability/metrics/mod.ts";
import { Exposition } from "../../support/exposition.ts";
import { test } from "../../support/scorer.ts";
import { until } from "../../support/until.ts";

test("a loop that was held up shows as lag", async () => {
  const metrics = new Metrics();
  const read = async () => new Exposition(await metrics.text());
  const late = (found: Exposition, le: string) =>
    found.value("event_loop_lag_seconds_count") -
    found.value("event_loop_lag_seconds_bucket", { le });
  assert.equal(late(await read(), "0.2"), 0);
  using _watch = metrics.eventLoop.watch();
  // The timer of the watch falls due while this runs, and fires only after it.
  const end = performance.now() + 300;
  while (performance.now() < end);
  await until("the lag is observed", async () => late(await read(), "0.2") > 0);
});
