import type { IdentifiedEvent } from '../db/database';
import { createSignal } from '../database-signal';

/** The events of a transaction that this process has committed. */
export interface WrittenEvents {
  readonly organizationId: string;
  readonly events: readonly IdentifiedEvent[];
}

const writtenSignal = createSignal<WrittenEvents>();

/**
 * Signals the relay of this process that a transaction with events was committed, so that it need not wait for
 * its next check.
 */
export const signalOutbox = writtenSignal.notify;

/** @returns a function that unsubscribes. */
export const onOutboxWritten = writtenSignal.listen;

const elsewhereSignal = createSignal();

/** Signals the relay of this process that another process has committed events. */
export const signalOutboxElsewhere = elsewhereSignal.notify;

/** @returns a function that unsubscribes. */
export const onOutboxWrittenElsewhere = elsewhereSignal.listen;
