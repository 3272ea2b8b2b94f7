/**
 * Resident memory after 100,000 users were scored and rewarded once, under caches of several
 * sizes: it is bounded by CACHE_USERS, not by the number of users.
 *
 *     deno task bench:memory [--users 100000] [--caches 1000,10000]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { client } from "../support/http.ts";
import { Service } from "../support/service.ts";
import { flagsOfStart, residentMb } from "./load.ts";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "100000" },
    caches: { type: "string", default: "1000,10000,100000" },
  },
});
const users = Number(values.users);
const CONNECTIONS = 32;

console.log("| CACHE_USERS | users seen | resident MB at start | after | a cached user, KB |");
console.log("|---|---|---|---|---|");
for (const cacheUsers of values.caches.split(",").map(Number)) {
  const stateDir = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    const env = { STATE_DIR: stateDir, CACHE_USERS: `${cacheUsers}` };
    await using service = await Service.start(env, await flagsOfStart());
    const atStart = await residentMb(service);
    const api = client(service.url);
    let next = 0;
    const connection = async () => {
      while (next < users) {
        const user_id = `user-${next++}`;
        const { decision_id } = await api.score({
          user_id,
          candidates: [{ id: "a", content: "c", source: "s" }],
        });
        await api.reward({ user_id, decision_id, reward: 1 });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    const after = await residentMb(service);
    const each = (after - atStart) * 1024 / Math.min(cacheUsers, users);
    console.log(
      `| ${cacheUsers} | ${users} | ${atStart.toFixed(0)} | ${after.toFixed(0)} | ` +
        `${each.toFixed(1)} |`,
    );
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}
