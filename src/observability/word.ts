/** What names are made of, and sentences are not. */
const WORD = /^[\w.:\/@-]{1,64}$/;

/** The text where it is one short word: a name, which quotes nothing that a user wrote. */
export function wordOf(text: string): string | undefined {
  return WORD.test(text) ? text : undefined;
}
