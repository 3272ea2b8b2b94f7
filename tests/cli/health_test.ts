import assert from "node:assert/strict";
import { NATS_OFF } from "../../src/http/routes/health.ts";
import { cli, cliProcess, sanitize } from "./harness.ts";

const well = { ok: true, nats: NATS_OFF };

/** A server that answers /health so, and everything else with 404. */
function serve(answer: () => Response) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    return new URL(request.url).pathname === "/health"
      ? answer()
      : new Response("", { status: 404 });
  });
  return { port: String(server.addr.port), [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("a service that is well is found by HOST and PORT", sanitize, async () => {
  await using server = serve(() => Response.json(well));
  for (const HOST of ["127.0.0.1", "0.0.0.0", "localhost", ""]) {
    assert.deepEqual(await cli(["health"], { HOST, PORT: server.port }), {
      code: 0,
      out: "",
      err: "",
    });
  }
});

Deno.test("it needs no more permission than the image gives it", sanitize, async () => {
  await using server = serve(() => Response.json(well));
  const permissions = ["--allow-env=HOST,PORT", "--allow-net=127.0.0.1"];
  const ran = await cliProcess(permissions, ["health"], { HOST: "0.0.0.0", PORT: server.port });
  assert.deepEqual(ran, { code: 0, out: "", err: "" });
});

Deno.test("a service that is not well is told of", sanitize, async () => {
  const answers = [
    [() => Response.json({ ok: true }), /another shape/],
    [() => new Response("hello"), /no JSON/],
    [() => Response.json(well, { status: 503 }), /answers 503/],
  ] as const;
  for (const [answer, reason] of answers) {
    await using server = serve(answer);
    const { code, err } = await cli(["health", "--url", `http://127.0.0.1:${server.port}/health`]);
    assert.equal(code, 1);
    assert.match(err, reason);
  }
});

Deno.test("nobody who listens is told of", sanitize, async () => {
  const { port } = await (async () => {
    await using server = serve(() => Response.json(well));
    return server;
  })();
  const { code, err } = await cli(["health"], { PORT: port });
  assert.equal(code, 1);
  assert.match(err, new RegExp(`^http://127\\.0\\.0\\.1:${port}/health: `));
});

Deno.test("a bad environment or address is exit code 2", sanitize, async () => {
  assert.match((await cli(["health"], { PORT: "x" })).err, /^PORT is "x"; it must be/);
  assert.equal((await cli(["health"], { PORT: "x" })).code, 2);
  assert.equal((await cli(["health", "--url", "nowhere"])).code, 2);
});
