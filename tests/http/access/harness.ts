import { OkResponse } from "../../../src/contract/mod.ts";
import { parseConfig } from "../../../src/config.ts";
import { createGuard, Guard } from "../../../src/http/access/guard.ts";
import type { RateLimit } from "../../../src/http/access/rate_limit.ts";
import { createApp } from "../../../src/http/app.ts";
import { type Access, endpoint } from "../../../src/http/endpoint.ts";
import { FakeServices } from "../fake_services.ts";

export const API = "api-token-0123456789";
export const ADMIN = "admin-token-0123456789";
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A route of its own with this access. */
const routeOf = (access: Access) =>
  endpoint(
    { tag: "t", summary: "s", answer: OkResponse, access, errors: [] },
    () => ({ ok: true as const }),
  );

/** An app of fake services behind a real guard, as an environment says. */
export async function guardedApp(env: Record<string, string>, limit?: RateLimit) {
  const config = parseConfig(env);
  const guard = limit ? new Guard(config, limit) : await createGuard(config);
  const services = new FakeServices();
  services.admission = guard.admit;
  const app = createApp(services);
  app.get("/made/metrics", routeOf("metrics"));
  app.post("/made/operator", routeOf("operator"));
  return { app, services, guard };
}
