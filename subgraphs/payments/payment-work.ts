import { createSignal } from '#kernel/database-signal';

/** Wakes the worker of this process when a transaction has left requests to a provider, or events of the sandbox. */
export const paymentWork = createSignal();
