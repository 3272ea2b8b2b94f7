/** Runs python3, which is how packages of PyPI are installed; what it prints is shown on failure. */
export async function python(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`python3 ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/**
 * Installs a pinned package of PyPI in a folder of its own, whose name ends with a slash, unless
 * it is there.
 */
export async function installPackage(name: string, folder: string, effort: string): Promise<void> {
  // Tells what was installed, once all of it was.
  const stamp = `${folder}installed`;
  if (await Deno.readTextFile(stamp).catch(() => "") === name) return;
  await python("-m", "pip", "--version").catch((cause) => {
    throw new Error(`${name} is installed with python3 and its pip, which are not there`, {
      cause,
    });
  });
  console.error(`Installing ${name}: ${effort}`);
  // The venv has no pip of its own, as Debian's python3 cannot give it one.
  await python("-m", "venv", "--clear", "--without-pip", folder);
  const pip = ["-m", "pip", "--python", `${folder}bin/python`, "install", "--quiet"];
  await python(...pip, "--disable-pip-version-check", name);
  await Deno.writeTextFile(stamp, name);
}
