import { createSignal } from '../database-signal';

const written = createSignal();

/** Tells the relay of this process that a transaction with events was committed, so that it need not wait for its next look. */
export const announceOutbox = written.announce;

/** @returns a function that ends the listening. */
export const onOutboxWritten = written.listen;
