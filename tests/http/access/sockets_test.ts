import assert from "node:assert/strict";
import { inDirectory } from "../../support/directory.ts";
import { post } from "../../support/http.ts";
import { test } from "../../support/scorer.ts";
import { Service } from "../../support/service.ts";
import { until } from "../../support/until.ts";
import { SCORE } from "../fake_services.ts";

const encoder = new TextEncoder();

/** A connection to the service. */
class Connection implements Disposable {
  private constructor(readonly socket: Deno.TcpConn) {}

  static async open({ url }: Service): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Connection(await Deno.connect({ hostname, port: Number(port) }));
  }

  async send(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
  }

  /** The next answer, whole: a head, and as much after it as it says. */
  async answer(): Promise<string> {
    const bytes = new Uint8Array(64 * 1024);
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const [, head, body] = /^(.*?\r\n\r\n)(.*)$/s.exec(text) ?? [];
      const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(head ?? "") ?? [];
      if (body !== undefined && body.length >= Number(length)) return text;
      const count = await this.socket.read(bytes);
      if (count === null) return text;
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** Runs a service, and holds that it still serves at the end and complained of nothing. */
async function withService(
  env: Record<string, string>,
  run: (service: Service) => Promise<void>,
  { wrapper = [], complaints = [] }: { wrapper?: string[]; complaints?: string[] } = {},
) {
  await inDirectory(async (directory) => {
    await using service = await Service.start({ STATE_DIR: directory, ...env }, [], wrapper);
    await run(service);
    assert.equal((await post(`${service.url}/score`, SCORE)).status, 200);
    assert.equal((await service.stop()).code, 0);
    const said = service.lines.filter(({ level, door }) => level !== "info" && door === undefined)
      .map(({ message }) => message).filter((message) => !message.startsWith("STATE_DIR "));
    assert.deepEqual([...new Set(said)], complaints);
  });
}

test("a head is refused by its size, by the service and then by Deno", async () => {
  const head = (path: string, headers: string) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
  const field = (bytes: number) => `x: ${"y".repeat(bytes)}\r\n`;
  const fields = (count: number) =>
    Array.from({ length: count }, (_, i) => `h${i}: 1\r\n`).join("");
  const cases: [head: string, status: number][] = [
    [head("/health", field(16_000)), 200],
    [head("/health", field(17_000)), 200],
    [head("/health", fields(100)), 200],
    [head(`/health?${"q".repeat(8_000)}`, ""), 200],
    [head(`/health?${"q".repeat(9_000)}`, ""), 414],
    [head(`/${"p".repeat(9_000)}`, ""), 414],
    // These never reach the service.
    [head("/health", field(70_000)), 400],
    [head(`/${"p".repeat(70_000)}`, ""), 400],
    [head("/health", fields(200)), 400],
  ];
  await withService({}, async (service) => {
    for (const [text, status] of cases) {
      using connection = await Connection.open(service);
      await connection.send(text);
      const answer = await connection.answer();
      assert.equal(answer.slice(0, 13), `HTTP/1.1 ${status} `, `${text.length} bytes`);
      if (status > 400) assert.match(answer, /"detail":"The URL/);
    }
  });
});

test("a body that trickles gets a 408, and what came of it counts for nothing", async () => {
  await withService({ REQUEST_TIMEOUT_S: "0.3" }, async (service) => {
    const lengths = [
      "Content-Length: 1000",
      "Content-Length: 900000",
      "Transfer-Encoding: chunked",
    ];
    await Promise.all(lengths.map(async (length) => {
      using connection = await Connection.open(service);
      await connection.send(
        `POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`,
      );
      let answered = false;
      const answer = connection.answer().finally(() => answered = true);
      await until("an answer", async () => {
        if (!answered) await connection.send(length.startsWith("T") ? "1\r\n{\r\n" : "{");
        return answered;
      });
      assert.match(await answer, /^HTTP\/1.1 408 /);
      assert.match(await answer, /\r\nconnection: close\r\n/i);
    }));
  });
});

test("a body that is declared takes no memory before it comes", async () => {
  await withService({}, async (service) => {
    const resident = async () => {
      const args = ["-o", "rss=", "-p", `${service.pid}`];
      const { stdout } = await new Deno.Command("ps", { args }).output();
      return Number(new TextDecoder().decode(stdout)) / 1024;
    };
    const before = await resident();
    const connections = await Promise.all(
      Array.from({ length: 300 }, () => Connection.open(service)),
    );
    for (const connection of connections) {
      await connection.send(
        "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
          "Content-Length: 1000000\r\n\r\n{",
      );
    }
    // Answered after them.
    assert.equal((await post(`${service.url}/score`, SCORE)).status, 200);
    const grown = await resident() - before;
    for (const connection of connections) connection[Symbol.dispose]();
    assert.ok(grown < 150, `${grown} MB for 300 connections`);
  });
});

test("a connection too many ends neither the service nor those that are there", async () => {
  const limit = ["sh", "-c", 'ulimit -n 150; exec "$@"', "sh"];
  const complaints = ["Too many connections: none is taken for 250 ms"];
  await withService({}, async (service) => {
    const ask = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    using first = await Connection.open(service);
    await first.send(ask);
    assert.match(await first.answer(), /^HTTP\/1.1 200 /);
    const more: Connection[] = [];
    await until("too many connections", async () => {
      // Refused while none is taken.
      await Connection.open(service).then((each) => more.push(each), () => {});
      return service.lines.some(({ message }) => message === complaints[0]);
    });
    await first.send(ask);
    assert.match(await first.answer(), /^HTTP\/1.1 200 /);
    for (const connection of more) connection[Symbol.dispose]();
    await until("it listens again", async () => {
      try {
        return (await post(`${service.url}/score`, SCORE)).status === 200;
      } catch {
        return false;
      }
    });
  }, { wrapper: limit, complaints });
});
