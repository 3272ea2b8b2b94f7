import { hash, timingSafeEqual } from "node:crypto";

/** Whoever sent a token that is known. */
export interface TokenHolder {
  readonly role: "api" | "admin";
  /** Tells the holders of different tokens apart, and nothing of the tokens. */
  readonly key: string;
}

interface Known extends TokenHolder {
  readonly digest: Uint8Array;
}

/** The token in an Authorization header; undefined where there is none, or of another scheme. */
export function bearerToken(authorization: string | null): string | undefined {
  return authorization === null ? undefined : /^bearer +(.+)$/i.exec(authorization)?.[1];
}

/** Of one length whatever the token's, which comparing in constant time needs. */
const digestOf = (token: string): Uint8Array => hash("sha256", token, "buffer");

/** The tokens that are known. */
export class Tokens {
  readonly #known: readonly Known[];

  constructor(tokens: { readonly api: readonly string[]; readonly admin: readonly string[] }) {
    this.#known = (["api", "admin"] as const).flatMap((role) =>
      tokens[role].map((token, i) => ({ role, key: `${role} token ${i}`, digest: digestOf(token) }))
    );
  }

  /** Looks at every token, so that the time tells nothing of where one was found. */
  holderOf(token: string): TokenHolder | undefined {
    const digest = digestOf(token);
    let found: TokenHolder | undefined;
    for (const each of this.#known) {
      if (timingSafeEqual(each.digest, digest)) found = each;
    }
    return found;
  }
}
