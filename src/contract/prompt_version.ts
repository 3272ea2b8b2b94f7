/**
 * The prompt version of one request, from a setting like TIP_PROMPT_VERSION: empty leaves it to
 * the service, one version is taken, and of a comma-separated list each is as likely.
 *
 * @param spec the setting; undefined counts as empty
 * @param random a uniform number in [0, 1)
 *
 * @example
 * ```ts
 * import { pickPromptVersion } from "./prompt_version.ts";
 *
 * pickPromptVersion("", Math.random); // undefined
 * pickPromptVersion("v1, v2-mentor", () => 0.7); // "v2-mentor"
 * ```
 */
export function pickPromptVersion(
  spec: string | undefined,
  random: () => number,
): string | undefined {
  const versions = (spec ?? "").split(",").map((each) => each.trim()).filter((each) => each !== "");
  return versions[Math.floor(random() * versions.length)];
}
