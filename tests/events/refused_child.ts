/**
 * Connects many times to a server that refuses: a process of its own, as what goes wrong ends it.
 *
 * @module
 */
import { openConnection } from "../../src/events/connection.ts";
import { ignoreStrayErrors } from "../../src/events/stray_errors.ts";

const [url, times] = Deno.args;
ignoreStrayErrors();
let refused = 0;
for (let i = 0; i < Number(times); i++) {
  await openConnection(url!).then((nc) => nc.close(), () => refused++);
}
console.log(refused);
