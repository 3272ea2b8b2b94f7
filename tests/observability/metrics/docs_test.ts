import assert from "node:assert/strict";
import { z } from "zod";
import { NATS_OFF } from "../../../src/http/routes/health.ts";
import { Metrics } from "../../../src/observability/metrics/mod.ts";
import { test } from "../../support/scorer.ts";

const page = new URL("../../../docs/operating/metrics.md", import.meta.url);

/** What prom-client's types leave out. */
const Registered = z.array(z.object({
  name: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
  help: z.string(),
}));

/** The table that docs/operating/metrics.md has to have. */
function metricsTable(): string[] {
  const metrics = new Metrics();
  metrics.show({
    maxWaiting: 1,
    cacheUsers: 1,
    waitingCalls: () => 0,
    waitingWrites: () => 0,
    usersInMemory: () => 0,
    ready: () => undefined,
    nats: () => NATS_OFF,
  });
  return Registered.parse(metrics.registry.getMetricsAsArray()).map(
    ({ name, type, labelNames, help }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(", ") || "none";
      return `|\`${name}\`|${type}|${labels}|${help}|`;
    },
  );
}

test("docs/operating/metrics.md has every metric, and no other", async () => {
  const text = await Deno.readTextFile(page);
  const written = text.split("\n").filter((line) => /^\| `(tip_scorer|process)_/.test(line))
    .map((line) => line.replace(/\s*\|\s*/g, "|"));
  assert.deepEqual(written, metricsTable());
});
