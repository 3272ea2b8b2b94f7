import { z } from "zod";

/** The longest id, in UTF-16 code units. */
export const MAX_ID_LENGTH = 256;

const NO_CONTROLS = "must hold no control characters and no lone surrogates";

/** In UTF-16 units, as zod's own max() counts code points. */
function inLength({ value, issues }: z.core.ParsePayload<string>): void {
  if (value.length <= MAX_ID_LENGTH) return;
  issues.push({
    code: "too_big",
    origin: "string",
    maximum: MAX_ID_LENGTH,
    inclusive: true,
    input: value,
  });
}

const Text = z.string().min(1).check(inLength);
/**
 * What JSON Schema says: of the length what it can, as there it counts code points; and a pattern
 * that engines know which have no property escapes, and whose strings hold no lone surrogates.
 */
const described = (start: string) => ({
  maxLength: MAX_ID_LENGTH,
  pattern: String.raw`${start}[^\u0000-\u001f\u007f-\u009f]*$`,
});

/**
 * An id as its owner wrote it: 1 to 256 UTF-16 units, compared exactly, never folded or
 * normalized. Control characters and lone surrogates are refused.
 */
export const Id = Text.regex(/^[^\p{Cc}\p{Cs}]*$/u, NO_CONTROLS).meta(described("^"));

/** A user id: an {@linkcode Id} other than `.` and `..`, which no URL path can carry. */
export const UserId = Text.regex(
  /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]*$/u,
  `${NO_CONTROLS}, and be neither "." nor ".."`,
).meta(described(String.raw`^(?!\.{1,2}$)`));
