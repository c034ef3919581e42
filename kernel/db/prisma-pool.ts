/**
 * The pool of Prisma's adapter. It has no connections: a statement runs where its operation is bound to, in the pool of an organization
 * or in a transaction.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { Pool, type CustomTypesConfig, type PoolClient, type QueryArrayResult } from 'pg';

/** Where a Prisma client runs its statements. */
export interface PrismaTarget {
  /** Runs one statement with Prisma's own parsers. */
  run(text: string, values: unknown[], types: CustomTypesConfig): Promise<QueryArrayResult>;
  /** The transaction of the statements; undefined outside a transaction. */
  readonly transaction?: UnfinishedWrites;
}

/** Counts the writes of several statements that Prisma has begun in a transaction and not finished. */
export interface UnfinishedWrites {
  unfinishedWrites: number;
}

/** A statement as the adapter gives it to a pool. */
interface Statement {
  readonly text: string;
  readonly values: unknown[];
  readonly types: CustomTypesConfig;
}

interface Operation {
  readonly target: PrismaTarget;
  /** The first error of the driver. */
  failure?: unknown;
}

const operations = new AsyncLocalStorage<Operation>();

/**
 * Runs one operation of Prisma, with its statements on the target.
 * @throws the driver's error, as statements by hand do. Prisma's own error has only a part of it.
 */
export async function runOn<Result>(target: PrismaTarget, call: () => PromiseLike<Result>): Promise<Result> {
  const operation: Operation = { target };
  try {
    // An operation of Prisma begins when it is awaited, so it is awaited in here.
    return await operations.run(operation, async () => await call());
  } catch (error) {
    throw operation.failure ?? error;
  }
}

function currentOperation(): Operation {
  const operation = operations.getStore();
  if (!operation) throw new Error('A statement of Prisma belongs to no organization.');
  return operation;
}

async function runStatement({ text, values, types }: Statement): Promise<QueryArrayResult> {
  const operation = currentOperation();
  try {
    return await operation.target.run(text, values, types);
  } catch (error) {
    operation.failure ??= error;
    throw error;
  }
}

export class PrismaPool extends Pool {
  override query(statement: unknown): never {
    return runStatement(statement as Statement) as never;
  }

  /** Prisma asks for a connection to run a write of several statements in a transaction of its own. */
  override connect(): never {
    const { transaction } = currentOperation().target;
    if (!transaction) throw new Error('Use transact() to write.');
    return Promise.resolve(connectionIn(transaction)) as never;
  }
}

const NOTHING = { rows: [], fields: [], rowCount: 0 };

/**
 * The connection of a transaction. Prisma's BEGIN and COMMIT only count, since `transact` begins and commits. After a ROLLBACK the count
 * stays above zero: a write that was given up half-way must not be committed.
 */
function connectionIn(transaction: UnfinishedWrites): PoolClient {
  const query = (statement: Statement): Promise<unknown> => {
    const { text } = statement;
    if (text === 'BEGIN') transaction.unfinishedWrites += 1;
    else if (text === 'COMMIT') transaction.unfinishedWrites -= 1;
    else if (text !== 'ROLLBACK') return runStatement(statement);
    return Promise.resolve(NOTHING);
  };
  return Object.assign(new EventEmitter(), { query, release: () => undefined }) as unknown as PoolClient;
}
