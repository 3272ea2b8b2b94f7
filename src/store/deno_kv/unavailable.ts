import { NewerRecordError, StoreUnavailableError } from "../errors.ts";

/** The error as callers know it: what goes wrong in the database is that it is unavailable. */
export function asUnavailable(error: unknown): Error {
  if (error instanceof StoreUnavailableError || error instanceof NewerRecordError) return error;
  return new StoreUnavailableError("The database cannot be read or written", { cause: error });
}
