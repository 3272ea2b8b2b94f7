import { z } from "zod";

/** The longest id, in UTF-16 code units. */
export const MAX_ID_LENGTH = 256;

const NO_CONTROLS = "must hold no control characters and no lone surrogates";

/**
 * An id as its owner wrote it: 1 to 256 UTF-16 units, compared exactly, never folded or
 * normalized. Control characters and lone surrogates are refused.
 */
export const Id = z.string().min(1).max(MAX_ID_LENGTH).regex(/^[^\p{Cc}\p{Cs}]*$/u, NO_CONTROLS);

/** A user id: an {@linkcode Id} other than `.` and `..`, which no URL path can carry. */
export const UserId = z.string().min(1).max(MAX_ID_LENGTH).regex(
  /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]*$/u,
  `${NO_CONTROLS}, and be neither "." nor ".."`,
);
