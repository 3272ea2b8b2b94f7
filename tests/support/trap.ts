/** An import map as the project's, but that whatever loads one of these packages dies of it. */
export async function trap(prefix: string, folder: string): Promise<string> {
  const project = new URL("../../deno.json", import.meta.url);
  const { imports } = JSON.parse(await Deno.readTextFile(project));
  for (const name of Object.keys(imports).filter((name) => name.startsWith(prefix))) {
    imports[name] = `data:text/javascript,throw new Error("${prefix} was loaded")`;
  }
  await Deno.writeTextFile(`${folder}/import_map.json`, JSON.stringify({ imports }));
  return `${folder}/import_map.json`;
}
