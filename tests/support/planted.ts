/** What no line of a log may hold, in any form: a word that nothing else contains. */
const MARKER = "zqplantedqz";

/** A text for a field that is never logged: found again wherever it turns up. */
export function planted(kind: string): string {
  return `${MARKER}-${kind}`;
}

/** Whether a text holds something planted, as it was or in base64 as Basic credentials are. */
export function hasPlanted(text: string): boolean {
  return text.toLowerCase().includes(MARKER) ||
    // Of its three alignments in base64, the parts that do not depend on their neighbours.
    BASE64.some((form) => text.includes(form));
}

const BASE64 = ["", "x", "xx"].map((before) => btoa(before + MARKER).slice(before ? 4 : 0, -4));
