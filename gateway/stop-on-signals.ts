/** Ctrl-C and SIGTERM: a process stops in order, whether its start is complete or not. */
import type { Logger } from '#kernel/log';
import { EXIT_FAILED } from './startup-errors';

/** Time after a signal in which the same one is an echo. */
const ECHO_MS = 500;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

export interface Stopper {
  /** Receives the function that stops the platform. */
  readonly arm: (stop: () => Promise<void>) => void;
  /** Waits for the start; a start aborted by a signal never returns, since the process ends. */
  readonly during: <Started>(start: Promise<Started>) => Promise<Started>;
}

/** The first Ctrl-C stops in order, whether the start is complete or not; the second stops immediately. */
export function stopOnSignals(
  log: Logger,
  signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
): Stopper {
  let stop = () => Promise.resolve();
  let starting: Promise<unknown> = Promise.resolve();
  let since: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (since !== undefined) {
      // npm and tsx forward the signal that the terminal has already sent to all processes, so one Ctrl-C may
      // arrive three times.
      if (performance.now() - since < ECHO_MS) return;
      complain('Stopped at once.');
      process.exit(EXIT_FAILED);
    }
    since = performance.now();
    if (signal === 'SIGINT') say('\nStopping … (Ctrl-C again stops at once)');
    // A running start fails once its database is stopped, and may have started services until then.
    const settled = () => starting.then(stop, stop);
    stop()
      .then(settled)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'the platform did not stop in order');
          process.exit(EXIT_FAILED);
        },
      );
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    arm: (given) => (stop = given),
    during: <Started>(start: Promise<Started>) => {
      starting = start;
      return start.catch((error: unknown): Promise<Started> =>
        since === undefined ? Promise.reject<Started>(error as Error) : new Promise<Started>(() => undefined),
      );
    },
  };
}
