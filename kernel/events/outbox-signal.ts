import { createSignal } from '../database-signal';

const written = createSignal();

/**
 * Signals the relay of this process that a transaction with events was committed, so that it need not wait for
 * its next check.
 */
export const announceOutbox = written.announce;

/** @returns a function that unsubscribes. */
export const onOutboxWritten = written.listen;
