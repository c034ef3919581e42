/**
 * Several processes behind one port, for the cores of one machine. The first one accepts connections and hands them out in turn; it
 * serves nothing itself, so that it stays up, and replaces each of the others that ends.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#kernel/log';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** A process that has lived for so long does not count as one that fails again and again. */
const STABLE_MS = 10_000;
/** Time in which a process that has closed its web server may end its background work. */
const FAREWELL_MS = 10_000;

/** Sent by a process that serves. */
interface ReadyMessage {
  readonly servesAt: number;
}

/** Reports to the first process that this one serves at a port. */
export function reportReady(port: number): void {
  const message: ReadyMessage = { servesAt: port };
  process.send?.(message);
}

/** Leaves Ctrl-C, which reaches all processes of a terminal, to the first one. If that dies, Node ends the others: they would get no connections. */
export function followFirstProcess(): void {
  process.on('SIGINT', () => undefined);
}

/** Thrown if a process ends before it serves; it has printed the reason itself. */
export class ProcessFailedError extends Error {
  constructor(readonly exitCode: number) {
    super('A process of the platform could not start.');
    this.name = 'ProcessFailedError';
  }
}

export interface ProcessGroupOptions {
  readonly count: number;
  /** The environment of process 1, 2, … */
  readonly envOf: (number: number) => Readonly<Record<string, string>>;
  /** Time in which a process closes its web server, in milliseconds. */
  readonly closeMs: number;
  readonly log: Logger;
}

export class ProcessGroup {
  private readonly workers = new Map<number, Worker>();
  private stopping = false;
  private started = false;

  constructor(private readonly options: ProcessGroupOptions) {
    // At a second Ctrl-C this process exits at once.
    process.once('exit', () => this.kill('SIGKILL'));
  }

  /** Starts all processes. @returns their port, once all of them serve. @throws ProcessFailedError */
  async start(): Promise<number> {
    const numbers = Array.from({ length: this.options.count }, (_, index) => index + 1);
    const ports = await Promise.all(numbers.map((number) => this.fork(number, 0)));
    this.started = true;
    return ports[0]!;
  }

  /** Lets all processes stop in order. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = [...this.workers.values()].map((worker) => once(worker, 'exit'));
    this.kill('SIGTERM');
    const limit = this.options.closeMs + FAREWELL_MS;
    await Promise.race([Promise.all(ends), sleep(limit, undefined, { ref: false })]);
    this.kill('SIGKILL');
  }

  private kill(signal: NodeJS.Signals): void {
    for (const worker of this.workers.values()) worker.process.kill(signal);
  }

  /** @param failures number of processes with this number that have ended soon, one after the other. */
  private fork(number: number, failures: number): Promise<number> {
    const began = performance.now();
    const worker = cluster.fork(this.options.envOf(number));
    this.workers.set(number, worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: ReadyMessage) => resolve(message.servesAt));
      worker.once('error', (error) => this.options.log.error({ err: error, number }, 'a process failed'));
      worker.once('exit', (code, signal) => {
        this.workers.delete(number);
        reject(new ProcessFailedError(code || 1));
        if (this.stopping || !this.started) return;
        const soon = performance.now() - began < STABLE_MS ? failures + 1 : 0;
        void this.replace(number, soon, { code, signal });
      });
    });
  }

  private async replace(number: number, failures: number, end: object): Promise<void> {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
    this.options.log.error({ number, ...end, pauseMs }, 'a process ended: starting another one');
    await sleep(pauseMs, undefined, { ref: false });
    if (this.stopping) return;
    try {
      await this.fork(number, failures);
      this.options.log.info({ number }, 'the process is replaced');
    } catch (error) {
      this.options.log.debug({ err: error, number }, 'the new process ended before it served');
    }
  }
}
