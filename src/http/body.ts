import type { Deadlines } from "./deadlines.ts";
import {
  BodyAbortedError,
  BodyTooLargeError,
  InvalidRequestError,
  RequestTimeoutError,
  UnsupportedMediaTypeError,
} from "./errors.ts";

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1 << 20;
/**
 * Up to so many declared bytes a body is read in one piece, which is the faster way; but memory is
 * taken for all that is declared, before any of it has come.
 */
const MAX_WHOLE_BYTES = 64 * 1024;

const JSON_TYPE = /^application\/json[ \t]*(?:;|$)/i;
// Not fatal, as that is the slower one: see decode().
const lenient = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * The JSON value of a request's body. It is read once, as bytes, so that neither a body without a
 * Content-Length nor one that is not UTF-8 gets through.
 *
 * @throws {UnsupportedMediaTypeError | BodyTooLargeError | BodyAbortedError | InvalidRequestError}
 * @throws {RequestTimeoutError}
 */
export async function readJson(request: Request, deadlines: Deadlines): Promise<unknown> {
  const type = request.headers.get("content-type");
  // Most clients send it as it stands here, and need no regular expression.
  if (type !== null && type !== "application/json" && !JSON_TYPE.test(type)) {
    throw new UnsupportedMediaTypeError();
  }
  const declared = request.headers.get("content-length");
  if (Number(declared) > MAX_BODY_BYTES) throw new BodyTooLargeError();
  let bytes;
  try {
    const whole = declared !== null && Number(declared) <= MAX_WHOLE_BYTES;
    bytes = await deadlines.within(whole ? request.bytes() : readChunks(request));
  } catch (cause) {
    if (cause instanceof BodyTooLargeError || cause instanceof RequestTimeoutError) throw cause;
    throw new BodyAbortedError("", { cause });
  }
  // The server cuts a body at its Content-Length, but not every caller is a server.
  if (bytes.length > MAX_BODY_BYTES) throw new BodyTooLargeError();
  if (bytes.length === 0) {
    throw new InvalidRequestError([{ loc: ["body"], msg: "Field required", type: "missing" }]);
  }
  if (type === null) throw new UnsupportedMediaTypeError();
  return parse(decode(bytes));
}

async function readChunks({ body }: Request): Promise<Uint8Array> {
  const bytes = new Uint8Array(new ArrayBuffer(0, { maxByteLength: MAX_BODY_BYTES }));
  if (!body) return bytes;
  for await (const chunk of body) {
    const at = bytes.length;
    if (at + chunk.length > MAX_BODY_BYTES) throw new BodyTooLargeError();
    bytes.buffer.resize(at + chunk.length);
    bytes.set(chunk, at);
  }
  return bytes.slice();
}

/** UTF-8 with or without a byte order mark. */
function decode(bytes: Uint8Array): string {
  const text = lenient.decode(bytes);
  // Either it was sent, or it stands for bytes that are not UTF-8.
  if (!text.includes("\ufffd")) return text;
  try {
    return strict.decode(bytes);
  } catch {
    throw invalidJson("The body is not UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the body.
    throw invalidJson("The body is not JSON");
  }
}

function invalidJson(msg: string): InvalidRequestError {
  return new InvalidRequestError([{ loc: ["body"], msg, type: "json_invalid" }]);
}
