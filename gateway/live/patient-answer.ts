/** Answers to events, made again while a dependency is unreachable. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { createContext, type RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { SourceEvent } from '../executor/data-source';

/** The pauses between attempts to make an answer while a dependency is unreachable: 12 seconds in total. */
const RETRY_AFTER_MS = [100, 400, 1_500, 4_000, 6_000];

export interface PatienceOptions {
  /** Whether a subscriber still waits for the answer. */
  readonly isNeeded: () => boolean;
  /** Called before each attempt. */
  readonly onAttempt?: () => void;
}

/**
 * The answer to an event. An event without its fields would be lost, so the fields are fetched again while the database is unreachable.
 * @throws PosProError UNAVAILABLE if it stays unreachable: the subscription ends, and its clients continue from their cursors.
 */
export async function patientAnswer(
  event: SourceEvent,
  context: RequestContext,
  { isNeeded, onAttempt }: PatienceOptions,
): Promise<ExecutionResult> {
  for (const pause of [...RETRY_AFTER_MS, undefined]) {
    onAttempt?.();
    // Loaders cache their rows, so each event gets a new context.
    const result = await event.execute(createContext(context, context.actor, context.request));
    if (!isUnavailable(result) || !isNeeded()) return result;
    if (pause !== undefined) await sleep(pause, undefined, { ref: false });
  }
  throw new PosProError(
    'UNAVAILABLE',
    'The data of an event cannot be read. Subscribe again with the last cursor.',
  );
}

function isUnavailable({ errors }: ExecutionResult): boolean {
  return errors?.some(({ extensions }) => extensions.code === 'UNAVAILABLE') ?? false;
}
