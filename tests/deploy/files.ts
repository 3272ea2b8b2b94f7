/** The files of deploy/, as the tests read them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const DEPLOY = join(ROOT, "deploy");

export const read = (name: string) => Deno.readTextFileSync(join(DEPLOY, name));

/** A file of YAML in deploy/, as what it is expected to be. */
export function readYaml<T>(name: string, schema: z.ZodType<T>): T {
  return schema.parse(parse(read(name), { merge: true }));
}

const Service = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  restart: z.string(),
  mem_limit: z.string(),
  stop_grace_period: z.string().optional(),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});

const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

export const compose = readYaml("compose.yaml", Compose);

/** A mount of a service: what of the host or which volume, and where. */
export function mounts(service: z.infer<typeof Service>) {
  return service.volumes.map((volume) => {
    const [source = "", target = "", mode] = volume.split(":");
    return { source, target, mode, isFile: source.startsWith(".") };
  });
}
