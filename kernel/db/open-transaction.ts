/** A connection inside a transaction. */
import type { CustomTypesConfig, QueryArrayResult } from 'pg';
import { sqlState } from './pg-errors';
import type { UnfinishedWrites } from './prisma-pool';

/** A statement, and the parsers of its answer: by default those of rows, or Prisma's own. */
export type Statement = [text: string, values: unknown[], types?: CustomTypesConfig];

export interface OpenTransaction extends UnfinishedWrites {
  /** The answer of the statement that was sent with BEGIN; undefined without one. */
  readonly opening: Promise<QueryArrayResult> | undefined;
  execute(...statement: Statement): Promise<QueryArrayResult>;
  /**
   * Sends a statement without waiting for its answer. If it fails, the next statement or the commit fails with its
   * error.
   */
  send(...statement: Statement): void;
  commit(): Promise<void>;
  /** Never throws: if the connection is broken, the server rolls back. */
  rollBack(): Promise<void>;
}

/** The parts of a transaction that its pool knows. */
export interface TransactionParts {
  readonly opening: Promise<QueryArrayResult> | undefined;
  readonly execute: (...statement: Statement) => Promise<QueryArrayResult>;
  /** Sends COMMIT or ROLLBACK, after all statements. */
  readonly end: (text: 'commit' | 'rollback') => Promise<{ command: string }>;
  /**
   * Returns the connection to the pool.
   * @param isBound whether it still has the organization of the transaction.
   * @param error the error with which the transaction ended, if any.
   */
  readonly giveBack: (isBound: boolean, error: unknown) => void;
}

/** The state in which PostgreSQL rejects all statements, because an earlier one has failed. */
const IN_FAILED_TRANSACTION = '25P02';

/** A transaction that has begun; it must be ended by exactly one of `commit` and `rollBack`. */
export function openTransaction({ opening, execute, end, giveBack }: TransactionParts): OpenTransaction {
  const sent: Promise<unknown>[] = [];
  /** The error of the first failed statement that was sent without waiting. */
  let sentError: unknown;
  let ended = false;
  const transaction: OpenTransaction = {
    unfinishedWrites: 0,
    opening,
    async execute(...statement) {
      // The connection may belong to another request by then, and waiting statements would be executed
      // outside the transaction.
      if (ended) throw new Error('The transaction has ended; this statement was not carried out.');
      try {
        return await execute(...statement);
      } catch (error) {
        throw sqlState(error) === IN_FAILED_TRANSACTION ? (sentError ?? error) : error;
      }
    },
    send(...statement) {
      const answer = execute(...statement);
      sent.push(answer);
      answer.catch((error: unknown) => (sentError ??= error));
    },
    async commit() {
      if (transaction.unfinishedWrites > 0) {
        await transaction.rollBack();
        throw new Error(
          'A write of Prisma has failed half-way or was not waited for; the transaction is rolled back.',
        );
      }
      ended = true;
      const outcomes = await Promise.allSettled([...sent, commitBy(end)]);
      // The first error is the cause: the server rejects all later statements, and rolls back on commit.
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      giveBack(!failed, failed?.reason);
      if (failed) throw failed.reason;
    },
    async rollBack() {
      ended = true;
      // If the rollback cannot be sent, the connection is lost, and with it the transaction.
      const outcome = (await Promise.allSettled([...sent, end('rollback')])).at(-1);
      // A rollback also reverts the organization, if this transaction set it.
      giveBack(false, outcome?.status === 'rejected' ? (outcome.reason ?? true) : undefined);
    },
  };
  return transaction;
}

/** After a failed statement, PostgreSQL rolls back without an error. */
async function commitBy(end: TransactionParts['end']): Promise<void> {
  const { command } = await end('commit');
  if (command !== 'COMMIT')
    throw new Error('The transaction was rolled back: one of its statements had failed.');
}
