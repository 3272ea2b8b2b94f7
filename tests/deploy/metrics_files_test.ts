import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { withBusyService } from "../observability/metrics/busy_service.ts";
import { Exposition } from "../support/exposition.ts";
import { test } from "../support/scorer.ts";
import { testWith } from "../support/skip.ts";
import { missingIn } from "./promql.ts";

const root = new URL("../../", import.meta.url).pathname;
const ALERTS = `${root}deploy/prometheus/alerts.yaml`;
const ALERTS_TEST = `${root}tests/deploy/alerts_test.yaml`;
const DASHBOARD = `${root}deploy/grafana/tip-scorer.json`;
const RUNBOOK = "docs/operating/metrics.md";

const PROMTOOL = {
  command: "promtool",
  args: ["--version"],
  why: "promtool is not installed (Debian: apt-get install prometheus)",
};

const Alert = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({
    severity: z.enum(["critical", "warning", "info"]),
    extraction: z.string().optional(),
  }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook: z.string() }),
});
const Recording = z.strictObject({ record: z.string(), expr: z.string() });
const Rules = z.object({
  groups: z.array(z.object({ name: z.string(), rules: z.array(z.union([Alert, Recording])) })),
});

const Place = z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() });
const Source = z.object({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
const Query = z.object({ refId: z.string(), datasource: Source, expr: z.string() });
const Panel = z.object({ id: z.int(), title: z.string().min(1), gridPos: Place });
const Dashboard = z.object({
  uid: z.string(),
  schemaVersion: z.int().min(39),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), type: z.string(), definition: z.string().optional() }),
    ),
  }),
  panels: z.array(z.union([
    Panel.extend({ type: z.literal("row") }),
    Panel.extend({
      type: z.enum(["timeseries", "stat"]),
      datasource: Source,
      targets: z.array(Query).min(1),
    }),
  ])),
});

const rules = Rules.parse(parse(await Deno.readTextFile(ALERTS))).groups
  .flatMap(({ rules }) => rules);
const alerts = rules.filter((rule) => "alert" in rule);
const recorded = rules.filter((rule) => "record" in rule).map(({ record }) => record);
const dashboard = Dashboard.parse(JSON.parse(await Deno.readTextFile(DASHBOARD)));
const queries = dashboard.panels.flatMap((panel) => "targets" in panel ? panel.targets : [])
  .map(({ expr }) => expr);

/** A dashboard's query as Prometheus gets it. */
function filledIn(query: string): string {
  return query.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*");
}

async function promtool(args: string[], stdin = ""): Promise<void> {
  const process = new Deno.Command("promtool", {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, said);
}

test("alerts and dashboard name only what a service's /metrics has", async () => {
  await withBusyService(async ({ url }) => {
    const { samples } = await Exposition.of(url);
    const variables = dashboard.templating.list.flatMap(({ definition = "" }) => definition);
    const all = [...rules.map(({ expr }) => expr), ...queries, ...variables]
      .map((query) => recorded.reduce((text, name) => text.replaceAll(name, "vector(1)"), query));
    assert.deepEqual(all.flatMap((query) => missingIn(filledIn(query), samples)), []);
  });
});

test("what queries name and a service lacks is found", () => {
  const { samples } = new Exposition(
    'tip_scorer_a_total{outcome="ok"} 1\ntip_scorer_a_total{outcome="bad"} 1\ntip_scorer_b 1\n',
  );
  const missing = (query: string) => missingIn(query, samples);
  assert.deepEqual(
    missing('sum by (job, outcome) (rate(tip_scorer_a_total{outcome="ok"}[5m]))'),
    [],
  );
  assert.deepEqual(missing("tip_scorer_b / tip_scorer_c"), ["tip_scorer_c"]);
  assert.deepEqual(missing('tip_scorer_a_total{outcome=~"o.|x"}'), []);
  for (const matcher of ['outcome="x"', 'outcome!="x"', 'outcome=~"x|y"', 'status="ok"']) {
    assert.deepEqual(missing(`tip_scorer_a_total{${matcher}}`), [`tip_scorer_a_total{${matcher}}`]);
  }
  assert.equal(missing("sum by (status) (tip_scorer_a_total)").length, 1);
});

test("every alert has a section in the runbook, and the section is of an alert", async () => {
  const text = await Deno.readTextFile(`${root}${RUNBOOK}`);
  const sections = [...text.matchAll(/^### (TipScorer\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections, alerts.map(({ alert }) => alert));
  for (const { alert, annotations } of alerts) {
    assert.equal(annotations.runbook, `${RUNBOOK}#${alert.toLowerCase()}`);
  }
});

test("both extraction criteria are alerts, and must hold for ten minutes", () => {
  const criteria = alerts.filter(({ labels }) => labels.extraction !== undefined)
    .map((rule) => [rule.alert, rule.for, rule.labels.extraction]);
  assert.deepEqual(criteria, [
    ["TipScorerSlow", "10m", "latency"],
    ["TipScorerMemory", "10m", "memory"],
  ]);
});

test("the dashboard's panels have ids and places of their own", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of panels) {
    assert.ok(x >= 0 && x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert.ok(!taken.has(`${column},${line}`), `${title} covers another panel`);
        taken.add(`${column},${line}`);
      }
    }
  }
  assert.deepEqual(
    panels.filter(({ type }) => type === "row").map(({ title }) => title),
    ["Traffic", "Latency", "Decisions", "Rewards", "Store", "Events", "LLM", "Process"],
  );
  assert.equal(dashboard.templating.list[0]?.type, "datasource");
});

testWith(PROMTOOL, "Prometheus takes the rules, and they fire when they should", async () => {
  await promtool(["check", "rules", ALERTS]);
  await promtool(["test", "rules", ALERTS_TEST]);
});

testWith(PROMTOOL, "Prometheus can parse every query of the dashboard", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const rules = queries.map((query, i) => ({ record: `query:${i}`, expr: filledIn(query) }));
    // JSON is YAML.
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    await promtool(["check", "rules", file]);
  } finally {
    await Deno.remove(file);
  }
});

testWith(PROMTOOL, "Prometheus finds nothing wrong with /metrics", async () => {
  await withBusyService(async ({ url }) => {
    await promtool(["check", "metrics"], await (await fetch(`${url}/metrics`)).text());
  });
});
