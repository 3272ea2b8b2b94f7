import { inflateSync } from "node:zlib";
import { DATABASE } from "../../src/store/deno_kv/open.ts";

/** What lies in a store's file, whatever the store makes of it. */
export interface RawRow {
  /** The key's parts, each as JSON. */
  readonly key: string;
  /**
   * The value's bytes, each as one character; UTF-8 in it is as it lies there. Rows of users'
   * decisions are compressed, and shown as they were before.
   */
  readonly value: string;
}

/** What the keys of compressed rows begin with. */
const COMPRESSED = new Set<unknown>(["decisions", "staged"]);

const latin1 = new TextDecoder("latin1");

/** Every row of the store in a directory, which may be open. */
export async function rawRows(directory: string): Promise<RawRow[]> {
  const kv = await Deno.openKv(`${directory}/${DATABASE}`);
  try {
    const rows: RawRow[] = [];
    for await (const { key, value } of kv.list({ prefix: [] }, { batchSize: 500 })) {
      rows.push({
        key: JSON.stringify(key),
        value: value instanceof Uint8Array
          ? latin1.decode(COMPRESSED.has(key[0]) ? inflateSync(value) : value)
          : JSON.stringify(value),
      });
    }
    return rows;
  } finally {
    kv.close();
  }
}

/** The keys of the rows in which an ASCII text occurs, in the key or in the value. */
export function rowsWith(rows: readonly RawRow[], text: string): string[] {
  return rows.filter(({ key, value }) => key.includes(text) || value.includes(text))
    .map(({ key }) => key);
}
