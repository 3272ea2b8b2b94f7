/**
 * deploy/compose.yaml without a container engine: what it says about itself, about the service
 * and about the files it mounts; and what Compose and each program say of their own parts, where
 * the machine has them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { CONFIG_NAMES, parseConfig } from "../../src/config.ts";
import { instructions } from "../docker/image.ts";
import { test } from "../support/scorer.ts";
import { testWith } from "../support/skip.ts";
import { compose, DEPLOY, mounts, read, readYaml, ROOT } from "./files.ts";

const services = Object.entries(compose.services);
const scorer = compose.services["scorer"]!;
const SECRETS = [
  ...["API_TOKEN", "ADMIN_TOKEN", "LITELLM_MASTER_KEY"],
  ...["OPENAI_API_KEY", "NATS_TOKEN", "GRAFANA_ADMIN_PASSWORD"],
];
const GIVEN: Record<string, string> = Object.fromEntries(
  SECRETS.map((name) => [name, `value-of-${name.toLowerCase().replaceAll("_", "-")}`]),
);

/** The image's own environment. */
function imageEnv(): Record<string, string> {
  const dockerfile = instructions(Deno.readTextFileSync(join(ROOT, "Dockerfile")));
  const { rest } = dockerfile.findLast(({ word }) => word === "ENV")!;
  return Object.fromEntries(rest.split(" ").map((pair) => pair.split("=")));
}

/** What Compose puts in for `${NAME}`, `${NAME:-default}` and `${NAME:?why}`. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name, kind, rest) =>
      env[name] || (kind === "-" ? rest : assert.fail(`${name} is not given`)),
  );
}

test("every setting can be given to the service, and nothing else is", () => {
  const own = Object.keys(scorer.environment);
  const fixed = imageEnv();
  // For the runtime, not for the service.
  const known = own.filter((name) => name !== "DENO_V8_FLAGS");
  assert.deepEqual(known.filter((name) => !CONFIG_NAMES.includes(name)), []);
  const missing = CONFIG_NAMES.filter((name) => !known.includes(name) && !(name in fixed));
  assert.deepEqual(missing, []);
  for (const name of ["STATE_DIR", "HOST", "PORT"]) {
    assert.ok(!own.includes(name), `${name} is the image's: mounts, ports and checks rely on it`);
  }
});

test("the service accepts the environment that compose gives it", () => {
  const given = Object.entries(scorer.environment).flatMap(([name, value]) =>
    value === null ? [] : [[name, interpolate(value, GIVEN)]]
  );
  const config = parseConfig({ ...imageEnv(), ...Object.fromEntries(given) });
  assert.equal(config.env, "production");
  assert.deepEqual(config.apiTokens, [GIVEN["API_TOKEN"]]);
  assert.equal(config.natsUrl, `nats://${GIVEN["NATS_TOKEN"]}@nats:4222`);
  for (const url of [config.litellmUrl, config.natsUrl!]) {
    const { hostname, port } = new URL(url);
    assert.ok(compose.services[hostname]!.ports.some((each) => each.endsWith(`:${port}`)), url);
  }
  assert.equal(scorer.mem_limit, "1g");
  const [, heap] = /^--max-old-space-size=(\d+)$/.exec(scorer.environment["DENO_V8_FLAGS"]!)!;
  assert.ok(Number(heap) < 1024 - 128, "V8 may fill the whole limit");
  const grace = Number(/^(\d+)s$/.exec(scorer.stop_grace_period!)![1]);
  assert.ok(grace > config.shutdownTimeoutS, "it is killed before it has shut down");
});

test("no secret has a default, and the example names them all without values", () => {
  const text = read("compose.yaml");
  for (const [, name, kind] of text.matchAll(/\$\{(\w+)(?::([-?])[^}]*)?\}/g)) {
    if (name === "SCORER_TAG") continue;
    assert.ok(SECRETS.includes(name!) && kind === "?", name);
  }
  const example = new Map(
    read(".env.example").split("\n").filter((line) => /^\w+=/.test(line))
      .map((line) => line.split("=") as [string, string]),
  );
  for (const name of SECRETS) assert.equal(example.get(name), "", name);
});

test("every image is pinned, bounded, and can neither gain rights nor listen to the world", () => {
  for (const [name, service] of services) {
    if (service.build === undefined) {
      assert.match(service.image, /:v?\d+\.\d+\.\d+(-\w+)?$/, name);
    }
    assert.deepEqual(service.cap_drop, ["ALL"], name);
    assert.ok(service.security_opt.includes("no-new-privileges:true"), name);
    assert.match(service.mem_limit, /^\d+[mg]$/, name);
    for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/, name);
    // LiteLLM's image writes beside its code.
    if (name !== "litellm") assert.equal(service.read_only, true, name);
  }
});

test("the service is built as the Dockerfile has it: its port, its volume, its health check", () => {
  const dockerfile = instructions(Deno.readTextFileSync(join(ROOT, "Dockerfile")));
  const rest = (word: string) => dockerfile.findLast((each) => each.word === word)?.rest;
  assert.equal(join(DEPLOY, scorer.build!, "Dockerfile"), join(ROOT, "Dockerfile"));
  assert.deepEqual(scorer.ports, [`127.0.0.1:${rest("EXPOSE")}:${rest("EXPOSE")}`]);
  assert.deepEqual(mounts(scorer).map(({ target }) => target), [rest("VOLUME")]);
  assert.ok(rest("HEALTHCHECK"));
  const { scrape_configs: [job] } = prometheus;
  assert.deepEqual(job!.static_configs, [{ targets: [`scorer:${rest("EXPOSE")}`] }]);
});

test("who waits for another waits for its health, and nothing waits in a circle", () => {
  for (const [name, service] of services) {
    if (name !== "scorer") assert.ok(service.healthcheck, `${name} has no health check`);
    for (const [other, { condition }] of Object.entries(service.depends_on)) {
      assert.equal(condition, "service_healthy", `${name} on ${other}`);
      assert.ok(compose.services[other], other);
      assert.ok(!(name in compose.services[other].depends_on), `${name} and ${other}`);
    }
  }
  assert.ok("scorer" in compose.services["prometheus"]!.depends_on);
});

test("every file that is mounted is there, and every volume and secret is declared and used", () => {
  const used = new Set<string>();
  for (const [name, service] of services) {
    for (const { source, mode, isFile } of mounts(service)) {
      if (!isFile) used.add(source);
      else {
        assert.equal(mode, "ro", `${name} could write ${source}`);
        assert.ok(Deno.statSync(join(DEPLOY, source)), source);
      }
    }
    for (const secret of service.secrets) assert.ok(compose.secrets[secret], secret);
  }
  assert.deepEqual([...used].toSorted(), Object.keys(compose.volumes).toSorted());
});

const Prometheus = z.object({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(z.object({
    metrics_path: z.string(),
    authorization: z.object({ credentials_file: z.string() }),
    static_configs: z.array(z.object({ targets: z.array(z.string()) })),
  })),
});
const prometheus = readYaml("prometheus/prometheus.yaml", Prometheus);

test("Prometheus reads its token where compose mounts it, and rules that are there", () => {
  const [job] = prometheus.scrape_configs;
  const [secret] = compose.services["prometheus"]!.secrets;
  assert.equal(job!.authorization.credentials_file, `/run/secrets/${secret}`);
  for (const file of prometheus.rule_files) {
    assert.ok(Deno.statSync(join(DEPLOY, "prometheus", file)), file);
  }
});

test("Grafana is given the dashboard and the place where Prometheus answers", () => {
  const grafana = mounts(compose.services["grafana"]!);
  const { datasources: [source] } = readYaml(
    "grafana/provisioning/datasources/prometheus.yaml",
    z.object({ datasources: z.array(z.object({ url: z.string(), uid: z.string() })) }),
  );
  const { hostname, port } = new URL(source!.url);
  assert.ok(compose.services[hostname]!.ports[0]!.endsWith(`:${port}`));
  const { providers: [provider] } = readYaml(
    "grafana/provisioning/dashboards/tip-scorer.yaml",
    z.object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) }),
  );
  const dashboard = grafana.find(({ target }) => target.startsWith(provider!.options.path));
  assert.equal(dashboard!.source, "./grafana/tip-scorer.json");
  const text = read("grafana/tip-scorer.json");
  JSON.parse(text);
  for (const [, uid] of text.matchAll(/"type":\s*"prometheus",\s*"uid":\s*"([^"]+)"/g)) {
    assert.ok(uid === source!.uid || uid!.startsWith("${"), `the dashboard asks for ${uid}`);
  }
});

test("LiteLLM has the alias that the service asks for, and takes its keys from compose", () => {
  const { model_list, general_settings } = readYaml(
    "litellm.yaml",
    z.object({
      model_list: z.array(z.object({
        model_name: z.string(),
        litellm_params: z.object({ model: z.string(), api_key: z.string() }),
      })),
      general_settings: z.object({ master_key: z.string() }),
    }),
  );
  assert.deepEqual(model_list.map(({ model_name }) => model_name), ["tip-generator"]);
  const { environment } = compose.services["litellm"]!;
  for (const key of [model_list[0]!.litellm_params.api_key, general_settings.master_key]) {
    const [, name] = /^os\.environ\/(\w+)$/.exec(key)!;
    assert.ok(environment[name!], name);
  }
});

testWith(
  {
    command: "promtool",
    args: ["--version"],
    why: "promtool is not installed (Debian: apt-get install prometheus)",
  },
  "promtool accepts the configuration and its rules",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      // promtool reads the token's file, which is there in the container alone.
      await Deno.writeTextFile(`${folder}/token`, "token");
      const text = read("prometheus/prometheus.yaml").replace("/run/secrets/api_token", "token");
      await Deno.writeTextFile(`${folder}/prometheus.yaml`, text);
      for (const file of prometheus.rule_files) {
        await Deno.copyFile(join(DEPLOY, "prometheus", file), join(folder, file));
      }
      const { code, stdout, stderr } = await new Deno.Command("promtool", {
        args: ["check", "config", `${folder}/prometheus.yaml`],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Compose's own view of the file, in this environment alone. */
async function config(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("docker-compose", {
    args: ["--file", "compose.yaml", "config"],
    cwd: DEPLOY,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

testWith(
  {
    command: "docker-compose",
    args: ["--version"],
    why: "docker-compose is not installed (Debian: apt-get install docker-compose)",
  },
  "Compose accepts the file, and refuses it without any one of the secrets",
  async () => {
    const whole = await config(GIVEN);
    assert.equal(whole.code, 0, whole.said);
    await Promise.all(SECRETS.map(async (name) => {
      const { code, said } = await config({ ...GIVEN, [name]: "" });
      assert.notEqual(code, 0, `${name} may be missing`);
      assert.match(said, /set it in deploy\/\.env/);
    }));
  },
);
