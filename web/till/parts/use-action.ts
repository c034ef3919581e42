import { useState } from 'preact/hooks';
import { GraphError } from '../../shared/request';
import { SaleNotStored } from '../core/offline-queue';
import { ConnectionNeeded, Unreachable } from '../till-api';

export interface Action<Arguments extends readonly unknown[]> {
  /** Runs the action, unless it is running. */
  readonly run: (...args: Arguments) => void;
  readonly busy: boolean;
  /** Why the last run failed; undefined after a success. */
  readonly problem: string | undefined;
  readonly setProblem: (problem: string | undefined) => void;
}

/** An action of a person: it runs once at a time, and says why it failed. */
export function useAction<Arguments extends readonly unknown[]>(
  action: (...args: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = (...args: Arguments) => {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    action(...args)
      .catch((error: unknown) => setProblem(messageOf(error)))
      .finally(() => setBusy(false));
  };
  return { run, busy, problem, setProblem };
}

const EXPECTED = [GraphError, Unreachable, ConnectionNeeded, SaleNotStored];

/** The message of an expected failure. @throws the error if it is another one, so that the console shows it. */
export function messageOf(error: unknown): string {
  if (EXPECTED.some((kind) => error instanceof kind)) return (error as Error).message;
  throw error;
}
