/** Publishes committed events from the outbox to the bus, in commit order, at least once. */
import type { Logger } from 'pino';
import { createAlarm } from '../alarm';
import { openBacklog } from '../worker-lag';
import type { Database } from '../db/database';
import type { EventBus } from './bus';
import { presentEnd, readAfter, waitingAfter, type Position } from './outbox';
import { onOutboxWritten, onOutboxWrittenElsewhere } from './outbox-signal';

export interface RelayOptions {
  database: Database;
  bus: EventBus;
  log: Logger;
}

export interface Relay {
  /** Resolves when the events being read are published. */
  stop(): Promise<void>;
}

const BATCH = 500;
/** Other processes write, too, and without Redis do not report it, so the relay checks regularly, even without writes of this one. */
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
/** A transaction that still runs holds back the ones after it; after a wake-up it is worth looking again soon, so often. */
const PAUSE_AFTER_WRITE_MS = 5;
const QUICK_LOOKS = 5;

/** Starts at the present end of the outbox: earlier events are not published again. */
export async function startRelay({ database, bus, log }: RelayOptions): Promise<Relay> {
  const alarm = createAlarm();
  const stops = [onOutboxWritten(database, alarm.ring), onOutboxWrittenElsewhere(database, alarm.ring)];
  let stopped = false;
  let position: Position = await presentEnd(database.system);
  const backlog = openBacklog(database, 'outbox_relay', () => waitingAfter(database.system, position));

  async function readOn(thorough: boolean): Promise<number> {
    const found = await readAfter(database.system, { after: position, limit: BATCH, thorough });
    for (const { event, position: at } of found) {
      database.replica?.noteEvent(event.organizationId);
      bus.publish(event);
      position = at;
    }
    return found.length;
  }

  async function run(): Promise<void> {
    let pause = SHORTEST_PAUSE_MS;
    /** Number of remaining quick checks: another transaction may block a new event for a moment. */
    let quickLooks = 0;
    while (!stopped) {
      try {
        const count = await readOn(quickLooks === 0);
        if (count === BATCH) continue;
        if (count > 0) pause = SHORTEST_PAUSE_MS;
      } catch (error) {
        log.warn({ err: error }, 'the outbox could not be read');
        backlog.failed(error);
        pause = LONGEST_PAUSE_MS;
      }
      const woken = await alarm.wait(quickLooks > 0 ? PAUSE_AFTER_WRITE_MS : pause);
      if (woken) quickLooks = QUICK_LOOKS;
      else if (quickLooks > 0) quickLooks -= 1;
      else pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    }
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      for (const stop of stops) stop();
      alarm.ring();
      await running;
      backlog.close();
    },
  };
}
