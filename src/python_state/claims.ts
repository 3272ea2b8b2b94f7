import { fileName, type Kind, KINDS } from "./names.ts";

/** A file whose name may stand for a user's file of this kind. */
export interface Claim {
  readonly user: string;
  readonly kind: Kind;
  readonly file: string;
}

/** Which files of a folder may be whose. One file may be claimed as several kinds, or twice. */
export class Claims {
  readonly #byUser = new Map<string, Claim[]>();
  readonly #byFile = new Map<string, Claim[]>();

  constructor(files: readonly string[], users: readonly string[]) {
    const present = new Set(files);
    const missing: Claim[] = [];
    for (const user of users) {
      for (const kind of KINDS) {
        const claim = { user, kind, file: fileName(kind, user) };
        if (present.has(claim.file)) this.#add(claim);
        else missing.push(claim);
      }
    }
    this.#addOtherNormalForms(files, missing);
  }

  /** What a user claims, in the order of {@linkcode KINDS}. */
  of(user: string): readonly Claim[] {
    return this.#byUser.get(user) ?? [];
  }

  /** The other users who claim this file as the same kind. */
  rivals({ user, kind, file }: Claim): readonly string[] {
    return (this.#byFile.get(file) ?? [])
      .filter((claim) => claim.kind === kind && claim.user !== user)
      .map((claim) => claim.user);
  }

  #add(claim: Claim): void {
    push(this.#byUser, claim.user, claim);
    push(this.#byFile, claim.file, claim);
  }

  /**
   * A copy by way of a Mac may have decomposed the letters of a name (ë into e and a mark).
   * Only a file that nobody claims by its exact name can be meant.
   */
  #addOtherNormalForms(files: readonly string[], missing: readonly Claim[]): void {
    const composed = new Map<string, string[]>();
    for (const file of files) {
      const form = file.normalize("NFC");
      if (form !== file && !this.#byFile.has(file)) push(composed, form, file);
    }
    for (const claim of missing) {
      for (const file of composed.get(claim.file.normalize("NFC")) ?? []) {
        this.#add({ ...claim, file });
      }
    }
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
