import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/nats-core";
import { ensureStream } from "./streams.ts";

/** The stream of dead letters, and what its subjects begin with. */
export const DEAD_LETTERS = "dead-letters";

/** The headers of a dead letter. */
export const HEADERS = {
  subject: "Dead-Letter-Subject",
  reason: "Dead-Letter-Reason",
  deliveries: "Dead-Letter-Deliveries",
  firstTime: "Dead-Letter-First-Time",
  lastTime: "Dead-Letter-Last-Time",
  /** How many of the payload's bytes are in a second message. */
  restBytes: "Dead-Letter-Rest-Bytes",
} as const;

/** What the subject of the second message ends with. */
export const REST = "rest";

/** Bytes that the headers and the subject of a dead letter take at most. */
export const HEADROOM = 8_192;
const REASON_LENGTH = 500;

/** A message that is given up. */
export interface DeadLetter {
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reason: string;
  readonly deliveries: number;
  /** When the stream took it. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** The headers of its trace, which goes on when it is replayed. */
  readonly trace: Readonly<Record<string, string>>;
}

/** Makes the stream where there is none. It refuses new letters rather than lose old ones. */
export async function ensureDeadLetters(jsm: JetStreamManager): Promise<void> {
  await ensureStream(jsm, DEAD_LETTERS, [`${DEAD_LETTERS}.>`], {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_msgs: 1_000_000,
  });
}

/** The subject of the dead letter of a message. */
export function subjectOf(stream: string, seq: number): string {
  return `${DEAD_LETTERS}.${stream}.${seq}`;
}

/** A header's value takes no line ends. */
function oneLine(text: string): string {
  return text.slice(0, REASON_LENGTH).toWellFormed().replaceAll(/\p{Cc}+/gu, " ").trim();
}

function isWrongLastSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);
}

/** Publishes what no handler will ever take. */
export class DeadLetters {
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #maxPayload: number;

  constructor(js: JetStreamClient, jsm: JetStreamManager, maxPayload: number) {
    this.#js = js;
    this.#jsm = jsm;
    this.#maxPayload = maxPayload;
  }

  /**
   * Sees to it that the letter is in the stream, exactly once. Tells whether this call put it
   * there; every error means that it may not be there.
   */
  async put(letter: DeadLetter): Promise<boolean> {
    const subject = subjectOf(letter.stream, letter.seq);
    const header = headers();
    header.set(HEADERS.subject, letter.subject);
    header.set(HEADERS.reason, oneLine(letter.reason));
    header.set(HEADERS.deliveries, String(letter.deliveries));
    header.set(HEADERS.firstTime, letter.firstTime);
    header.set(HEADERS.lastTime, letter.lastTime);
    for (const [name, value] of Object.entries(letter.trace)) header.set(name, value);
    // A payload of the largest size leaves no room for headers: its end goes into a message of
    // its own, first, so that a letter that is there is there whole.
    const room = this.#maxPayload - HEADROOM;
    const { data } = letter;
    if (data.length <= room) return await this.#publish(subject, data, header, letter.firstTime);
    const rest = headers();
    rest.set(HEADERS.firstTime, letter.firstTime);
    await this.#publish(`${subject}.${REST}`, data.subarray(room), rest, letter.firstTime);
    header.set(HEADERS.restBytes, String(data.length - room));
    return await this.#publish(subject, data.subarray(0, room), header, letter.firstTime);
  }

  async #publish(
    subject: string,
    data: Uint8Array,
    header: MsgHdrs,
    firstTime: string,
  ): Promise<boolean> {
    let last = 0;
    while (true) {
      try {
        await this.#js.publish(subject, data, {
          headers: header,
          expect: { lastSubjectSequence: last },
        });
        return true;
      } catch (error) {
        if (!isWrongLastSequence(error)) throw error;
        const there = await this.#jsm.streams.getMessage(DEAD_LETTERS, { last_by_subj: subject });
        if (there === null || there.header.get(HEADERS.firstTime) === firstTime) return false;
        if (there.seq === last) throw error;
        // Another message's: the stream was made anew since, and counts from 1 again.
        last = there.seq;
      }
    }
  }
}
