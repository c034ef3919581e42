/**
 * The measuring side of a child process, over its IPC channel: answers its use of the processor, and counts the statements that it
 * sends to PostgreSQL through the driver. Loaded before the process's own entry.
 */
import { Client } from 'pg';

/** What the parent asks. */
export interface ProbeRequest {
  readonly id: number;
  /** `record` starts a list of the statements; `recorded` answers and ends it. */
  readonly ask: 'cpu' | 'record' | 'recorded';
}

/** The answer to a request. */
export interface ProbeAnswer {
  readonly id: number;
  /** Processor time of this process so far, in milliseconds. */
  readonly cpuMs: number;
  /** Statements since `record`; empty for other questions. */
  readonly statements: readonly string[];
}

let recording: string[] | undefined;

const connection = Client.prototype as { query: unknown };
const query = connection.query as (...args: unknown[]) => unknown;
connection.query = function (this: Client, ...args: unknown[]): unknown {
  if (recording) {
    const statement = args[0] as string | { text?: string };
    recording.push(typeof statement === 'string' ? statement : (statement.text ?? ''));
  }
  return query.apply(this, args);
};

process.on('message', ({ id, ask }: ProbeRequest) => {
  const statements = ask === 'recorded' && recording ? recording : [];
  if (ask === 'record') recording = [];
  if (ask === 'recorded') recording = undefined;
  const { user, system } = process.cpuUsage();
  process.send?.({ id, cpuMs: (user + system) / 1000, statements } satisfies ProbeAnswer);
});
// A child whose parent is gone must not stay.
process.on('disconnect', () => process.exit(0));
