import {
  AckPolicy,
  type ConsumerInfo,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";

const MS = 1_000_000;
const DAY = 86_400_000 * MS;

/** How an event's stream is made where there is none; one that is there stays as it is. */
const EVENT_STREAM = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  max_age: 30 * DAY,
  max_msgs: 10_000_000,
} as const;

/** In milliseconds; a message whose instance died comes again after it. */
const ACK_WAIT = 30_000;

/**
 * Messages in flight at most, over all instances. Those that wait out a nak's delay are among
 * them, so it is not small.
 */
const MAX_ACK_PENDING = 1_000;

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamNotFound ||
      error.code === JetStreamApiCodes.ConsumerNotFound);
}

/** Makes a stream where there is none. */
export async function ensureStream(
  jsm: JetStreamManager,
  name: string,
  subjects: string[],
  config: Partial<StreamConfig> = EVENT_STREAM,
): Promise<void> {
  try {
    await jsm.streams.info(name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await jsm.streams.add({ name, subjects, ...config });
  }
}

/** The durable exists and cannot be made into one that the service can use. */
export class UnusableConsumerError extends Error {
  override readonly name = "UnusableConsumerError";
}

/**
 * Makes the durable, or changes what another one left: the Python service's has no group, and a
 * max_deliver after which the server drops messages. Its position stays.
 */
export async function ensureConsumer(
  jsm: JetStreamManager,
  stream: string,
  durable: string,
  ackWaitMs = ACK_WAIT,
): Promise<ConsumerInfo> {
  const deliver_subject = `deliver.${durable}`;
  const wanted = {
    deliver_group: durable,
    max_deliver: -1,
    ack_wait: ackWaitMs * MS,
    max_ack_pending: MAX_ACK_PENDING,
  };
  let info: ConsumerInfo;
  try {
    info = await jsm.consumers.info(stream, durable);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return await jsm.consumers.add(stream, {
      durable_name: durable,
      deliver_subject,
      ack_policy: AckPolicy.Explicit,
      filter_subject: `${stream}.>`,
      ...wanted,
    });
  }
  const { config } = info;
  if (!config.deliver_subject || config.ack_policy !== AckPolicy.Explicit) {
    throw new UnusableConsumerError(
      `The consumer ${durable} of the stream ${stream} is not a push consumer with explicit ` +
        "acknowledgements; delete it, or choose another NATS_DURABLE_PREFIX",
    );
  }
  const same = config.deliver_group === wanted.deliver_group && config.max_deliver === -1 &&
    config.ack_wait === wanted.ack_wait && config.max_ack_pending === MAX_ACK_PENDING;
  if (!same) {
    // Neither a heartbeat nor flow control goes together with a group.
    info = await jsm.consumers.update(stream, durable, {
      ...wanted,
      ...(config.idle_heartbeat && { idle_heartbeat: 0 }),
      ...(config.flow_control && { flow_control: false }),
    });
  }
  // The server (2.15.1) looks for the subscribers of a new group only when the subject changes, in
  // an update of its own: with the old subject it would deliver nothing until its next start.
  if (config.deliver_subject === deliver_subject) return info;
  return await jsm.consumers.update(stream, durable, { deliver_subject });
}
