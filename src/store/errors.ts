/** The user was changed by another writer since it was loaded; nothing was written. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** The store cannot be read or written just now; what was asked for was not done. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** A record was written by a newer version of the service, and is left alone. */
export class NewerRecordError extends Error {
  override readonly name = "NewerRecordError";

  constructor(kind: string, found: number, known: number) {
    super(`${kind} has format ${found}; this version reads formats up to ${known}`);
  }
}

/** The state directory or database cannot be opened; `message` says what to do. */
export class StoreOpenError extends Error {
  override readonly name = "StoreOpenError";
}

/** A file cannot be read or written as a database; `message` says what SQLite says. */
export class DatabaseFileError extends Error {
  override readonly name = "DatabaseFileError";
}
