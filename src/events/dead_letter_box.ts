import { type JetStreamManager, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import type { DeadLetter, DeadLettersResponse, WholeDeadLetter } from "../contract/mod.ts";
import { openConnection } from "./connection.ts";
import { DEAD_LETTERS, ensureDeadLetters, HEADERS, HEADROOM, REST } from "./dead_letters.ts";

/** A letter as the stream holds it. */
interface Held {
  readonly letter: DeadLetter;
  readonly message: StoredMsg;
}

/** The payload as text where it is text. */
function shown(data: Uint8Array): Pick<WholeDeadLetter, "payload" | "payload_base64"> {
  try {
    return { payload: new TextDecoder("utf-8", { fatal: true }).decode(data) };
  } catch {
    return { payload_base64: data.toBase64() };
  }
}

/** The headers of a letter's trace, as far as it has them. */
function traceOf({ header }: StoredMsg): MsgHdrs {
  const trace = headers();
  for (const name of ["traceparent", "tracestate"]) {
    if (header.has(name)) trace.set(name, header.get(name));
  }
  return trace;
}

/** The dead letters, for whoever looks after them. */
export class DeadLetterBox implements AsyncDisposable {
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;

  private constructor(nc: NatsConnection, jsm: JetStreamManager) {
    this.#nc = nc;
    this.#jsm = jsm;
  }

  /**
   * Over a connection, which its disposal closes. The stream is made where there is none yet, so
   * that an empty box is one too.
   */
  static async over(nc: NatsConnection): Promise<DeadLetterBox> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    await ensureDeadLetters(jsm);
    return new DeadLetterBox(nc, jsm);
  }

  /** Connects. */
  static async open(natsUrl: string): Promise<DeadLetterBox> {
    const nc = await openConnection(natsUrl);
    try {
      return await DeadLetterBox.over(nc);
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  /** Every letter, oldest first, or those with a name. */
  async *letters(name = "*.*"): AsyncGenerator<DeadLetter> {
    for await (const { letter } of this.#held(name)) yield letter;
  }

  /** So many letters, oldest first, of those behind `after`, which is a page's `next`. */
  async page(limit: number, after: number): Promise<DeadLettersResponse> {
    const letters: DeadLetter[] = [];
    let last = after;
    for await (const { letter, message } of this.#held("*.*", after)) {
      if (letters.length === limit) return { letters, next: last };
      letters.push(letter);
      last = message.seq;
    }
    return { letters, next: null };
  }

  /** The letters with a name, whole: more than one where the stream was made anew. */
  async *whole(name = "*.*"): AsyncGenerator<WholeDeadLetter> {
    for await (const held of this.#held(name)) {
      yield { ...held.letter, ...shown(await this.#payload(held)) };
    }
  }

  /**
   * Publishes the letters with a name again, where they came from, and then removes them; tells
   * how many there were. A death in between leaves a letter that was replayed.
   */
  async replay(name = "*.*"): Promise<number> {
    let count = 0;
    const js = this.#jsm.jetstream();
    for await (const held of this.#held(name)) {
      const payload = await this.#payload(held);
      // A payload of the largest size leaves no room for headers.
      const fits = payload.length + HEADROOM <= (this.#nc.info?.max_payload ?? 0);
      await js.publish(
        held.letter.subject,
        payload,
        fits ? { headers: traceOf(held.message) } : {},
      );
      await this.#remove(held);
      count++;
    }
    return count;
  }

  /** Removes the letters with a name; tells how many there were. */
  async purge(name = "*.*"): Promise<number> {
    let count = 0;
    for await (const held of this.#held(name)) {
      await this.#remove(held);
      count++;
    }
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nc.close();
  }

  async *#held(name: string, after = 0): AsyncGenerator<Held> {
    const subject = `${DEAD_LETTERS}.${name}`;
    // Those that a replay brings back are left for the next one.
    const { last_seq } = (await this.#jsm.streams.info(DEAD_LETTERS)).state;
    let seq = after + 1;
    while (seq <= last_seq) {
      const request = { seq, next_by_subj: subject };
      const message = await this.#jsm.streams.getMessage(DEAD_LETTERS, request);
      if (message === null || message.seq > last_seq) return;
      const header = (name: string) => message.header.get(name);
      const letter = {
        name: message.subject.slice(DEAD_LETTERS.length + 1),
        subject: header(HEADERS.subject),
        reason: header(HEADERS.reason),
        deliveries: Number(header(HEADERS.deliveries)),
        first_time: header(HEADERS.firstTime),
        last_time: header(HEADERS.lastTime),
        trace_id: header("traceparent").split("-")[1] ?? null,
      };
      // What something else put there is not ours to replay.
      if (letter.subject !== "") yield { letter, message };
      seq = message.seq + 1;
    }
  }

  async #rest({ letter, message }: Held): Promise<StoredMsg | undefined> {
    if (message.header.get(HEADERS.restBytes) === "") return undefined;
    let seq = 1;
    while (true) {
      const request = { seq, next_by_subj: `${message.subject}.${REST}` };
      const rest = await this.#jsm.streams.getMessage(DEAD_LETTERS, request);
      if (rest === null) throw new Error(`The dead letter ${letter.name} is not whole`);
      if (rest.header.get(HEADERS.firstTime) === letter.first_time) return rest;
      seq = rest.seq + 1;
    }
  }

  async #payload(held: Held): Promise<Uint8Array> {
    const rest = await this.#rest(held);
    const { data } = held.message;
    if (rest === undefined) return data;
    const whole = new Uint8Array(data.length + rest.data.length);
    whole.set(data);
    whole.set(rest.data, data.length);
    return whole;
  }

  async #remove(held: Held): Promise<void> {
    const rest = await this.#rest(held);
    await this.#jsm.streams.deleteMessage(DEAD_LETTERS, held.message.seq, false);
    if (rest) await this.#jsm.streams.deleteMessage(DEAD_LETTERS, rest.seq, false);
  }
}
