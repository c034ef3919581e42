/**
 * Reports committed events to the other processes at once, so that their relays need not wait for their next look at the outbox.
 * The events themselves come from the outbox, in order and without a gap; a message that is lost costs half a second. Events after which
 * listeners forget something travel in the message as well: the outbox may hold an event back behind a long transaction, and a
 * session that was ended must not go on for so long.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Database } from '../db/database';
import type { EarlyEvent, EventBus } from '../events/bus';
import { onOutboxWritten, signalOutboxElsewhere, type WrittenEvents } from '../events/outbox-signal';
import { reasonOf } from './redis-client';
import type { RedisLink } from './redis-link';

const messageSchema = z.object({
  /** The process that has committed the events. */
  origin: z.string(),
  events: z.array(
    z.object({
      id: z.string(),
      organizationId: z.string(),
      type: z.string(),
      key: z.string(),
      payload: z.record(z.string(), z.unknown()),
    }),
  ),
});
type Message = z.infer<typeof messageSchema>;

/** Shortest time between two messages of a process: what is committed within it is one message. */
const MESSAGE_EVERY_MS = 5;
/** Of a change of thousands of records, the rest comes from the outbox. */
const MAX_EVENTS = 500;

interface Sharing {
  readonly database: Database;
  readonly bus: EventBus;
  readonly log: Logger;
}

/** @returns a function that ends it. */
export function shareEvents(link: RedisLink, { database, bus, log }: Sharing): () => void {
  const origin = randomUUID();
  const channel = `${link.prefix}:events`;
  let waiting: EarlyEvent[] = [];
  let written = false;
  let timer: NodeJS.Timeout | undefined;

  const send = (): void => {
    const message: Message = { origin, events: waiting.splice(0, MAX_EVENTS) };
    waiting = [];
    written = false;
    void link.run((client) => client.publish(channel, JSON.stringify(message)));
    timer = setTimeout(() => {
      timer = undefined;
      if (written) send();
    }, MESSAGE_EVERY_MS);
  };

  const stopListening = onOutboxWritten(database, ({ organizationId, events }: WrittenEvents) => {
    for (const { id, type, key, payload } of events)
      if (bus.hasEarlyListeners(type)) waiting.push({ id, organizationId, type, key, payload });
    written = true;
    if (!timer) send();
  });

  const receive = (_channel: string, text: string): void => {
    const message = parse(text, log);
    if (!message || message.origin === origin) return;
    for (const event of message.events) bus.publishEarly(event);
    signalOutboxElsewhere(database);
  };

  const { subscriber } = link;
  const subscribe = (): void => {
    subscriber.subscribe(channel).catch((error: Error) => {
      // After a lost connection the next one calls this again.
      const level = error.name === 'ReplyError' ? 'warn' : 'debug';
      log[level]({ reason: reasonOf(error) }, 'Redis does not let this process subscribe');
    });
    // Messages were lost while there was no connection.
    signalOutboxElsewhere(database);
  };
  subscriber.on('message', receive);
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();

  return () => {
    stopListening();
    clearTimeout(timer);
    subscriber.off('message', receive);
    subscriber.off('ready', subscribe);
  };
}

function parse(text: string, log: Logger): Message | undefined {
  try {
    return messageSchema.parse(JSON.parse(text));
  } catch (error) {
    log.warn(
      { reason: reasonOf(error) },
      'a message from Redis could not be read; REDIS_PREFIX keeps installations apart',
    );
    return undefined;
  }
}
