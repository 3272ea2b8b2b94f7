import { HeadersTooLargeError, UriTooLongError } from "../errors.ts";

/** The longest URL that is read, in bytes; a user's id takes 2304 of them at most. */
export const MAX_URL_BYTES = 8 * 1024;
/** The most that the names and values of the headers may have together, in bytes. */
export const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Refuses a head that no client of the service has reason to send. Deno itself refuses one of
 * 64 KiB, and one of 128 headers, with an empty 400.
 *
 * @throws {UriTooLongError | HeadersTooLargeError}
 */
export function checkHead({ url, headers }: Request): void {
  if (url.length > MAX_URL_BYTES) throw new UriTooLongError();
  let bytes = 0;
  headers.forEach((value, name) => bytes += name.length + value.length);
  if (bytes > MAX_HEADER_BYTES) throw new HeadersTooLargeError();
}
