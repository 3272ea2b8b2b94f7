/** The policies that the Python service had. */
export const PYTHON_POLICIES = ["linucb-v1", "egreedy-v1", "egreedy-v2"] as const;
/** The name of a policy that the Python service had. */
export type PythonPolicy = typeof PYTHON_POLICIES[number];

/** What a file of the Python service holds of a user: the model of a policy, or the last sync. */
export type Kind = PythonPolicy | "sync";
/** Every kind of file, in the order of reports. */
export const KINDS: readonly Kind[] = [...PYTHON_POLICIES, "sync"];

/** What follows the user in a file's name. */
const SUFFIXES: Readonly<Record<Kind, string>> = {
  "linucb-v1": "",
  "egreedy-v1": "_egreedy",
  "egreedy-v2": "_egreedy_v2",
  sync: "_sync",
};

/**
 * The file of a user. Each code point that Python's `str.isalnum` denies, which takes letters
 * (L*) and numbers (N*: also ², ½ and Ⅷ) but no marks, became `_`: names do not lead back.
 */
export function fileName(kind: Kind, user: string): string {
  return `${user.replace(/[^\p{L}\p{N}]/gu, "_")}${SUFFIXES[kind]}.json`;
}

/** Whether some user's file of this kind may have this name. */
export function mayBeNamed(kind: Kind, name: string): boolean {
  return name.endsWith(`${SUFFIXES[kind]}.json`);
}

/** Whether the Python service may have written a file of this name; marks come from a Mac. */
export function isPythonName(name: string): boolean {
  return /^[\p{L}\p{N}\p{M}_]*\.json$/u.test(name);
}
