import { createSignal } from '../database-signal';

const writtenSignal = createSignal();

/**
 * Signals the relay of this process that a transaction with events was committed, so that it need not wait for
 * its next check.
 */
export const signalOutbox = writtenSignal.notify;

/** @returns a function that unsubscribes. */
export const onOutboxWritten = writtenSignal.listen;
