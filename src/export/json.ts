declare global {
  interface JSON {
    /** In ECMAScript since 2025; TypeScript 6.0 does not know it. */
    rawJSON(text: string): unknown;
  }
}

/** JSON of a value, on one line, in which -0 stays what it is. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => Object.is(each, -0) ? JSON.rawJSON("-0") : each);
}
