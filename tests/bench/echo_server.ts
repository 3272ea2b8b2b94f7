/**
 * What Hono and zod cost without a scorer: the same body by the same schema, answered at once,
 * nothing kept. The mark that the service is measured against.
 *
 * @module
 */
import { Hono } from "hono";
import { ScoreRequest } from "../../src/contract/mod.ts";

const app = new Hono();

app.post("/score", async (c) => {
  const { candidates } = ScoreRequest.parse(await c.req.json());
  return c.json({ tip_id: candidates[0]!.id, score: 0, policy: "echo" });
});

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, app.fetch);
