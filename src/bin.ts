/**
 * The entry of the compiled binary: alone, or as `tip-scorer serve`, it is the service; with any
 * other argument, a command.
 *
 * @module
 */
if (import.meta.main) {
  const [command] = Deno.args;
  // Each is loaded where it is needed: the service starts no slower for the commands.
  if (command === undefined || command === "serve") {
    const { main } = await import("./main.ts");
    Deno.exit(await main());
  } else {
    const { main } = await import("./cli/main.ts");
    Deno.exitCode = await main("tip-scorer");
  }
}
