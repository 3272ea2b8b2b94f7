import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { isoOf } from "./time.ts";

/**
 * One delivery of a JetStream message: what its reply subject tells, and the answers to it. The
 * client has such a class, but hands it out only by iterators that cannot be drained.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export class Delivery {
  readonly #msg: Msg;
  readonly stream: string;
  /** How often the message was delivered, this time included. */
  readonly deliveries: number;
  readonly seq: number;
  /** When the stream took it. */
  readonly time: string;
  /** Messages of the consumer that were never delivered. */
  readonly pending: number;

  private constructor(msg: Msg, tokens: readonly string[]) {
    const [stream, , deliveries, seq, , nanos, pending] = tokens;
    this.#msg = msg;
    this.stream = stream!;
    this.deliveries = Number(deliveries);
    this.seq = Number(seq);
    this.time = isoOf(BigInt(nanos!));
    this.pending = Number(pending);
  }

  /** Undefined for what the server says to a subscription beside the messages. */
  static of(msg: Msg): Delivery | undefined {
    const tokens = msg.reply?.split(".") ?? [];
    if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
    // $JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<consumer seq>.<time>.<pending>, or with
    // <domain>.<account> before the stream.
    if (tokens.length < 9) return undefined;
    return new Delivery(msg, tokens.slice(tokens.length === 9 ? 2 : 4));
  }

  get subject(): string {
    return this.#msg.subject;
  }

  /** Undefined for a message without any. */
  get headers(): MsgHdrs | undefined {
    return this.#msg.headers;
  }

  get data(): Uint8Array {
    return this.#msg.data;
  }

  /** It is done with. */
  ack(): void {
    this.#msg.respond("+ACK");
  }

  /** It is to come again, after so many milliseconds. */
  nak(delay: number): void {
    this.#msg.respond(`-NAK ${JSON.stringify({ delay: delay * 1_000_000 })}`);
  }

  /** It is not to come again. */
  term(): void {
    this.#msg.respond("+TERM");
  }
}
