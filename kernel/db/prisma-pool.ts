/**
 * What Prisma's adapter takes for its pool. It opens no connection of its own: a statement goes where the operation that it belongs to
 * is bound to, an organization or a transaction.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { Pool, type CustomTypesConfig, type PoolClient, type QueryArrayResult } from 'pg';

/** Where the statements of a Prisma client go. */
export interface PrismaTarget {
  /** Runs one statement, with the parsers that Prisma brings. */
  run(text: string, values: unknown[], types: CustomTypesConfig): Promise<QueryArrayResult>;
  /** The transaction that the statements belong to; undefined outside of one. */
  readonly transaction?: UnfinishedWrites;
}

/** The writes of several statements that Prisma has begun in a transaction and not finished. */
export interface UnfinishedWrites {
  unfinishedWrites: number;
}

/** What the adapter hands to a pool. */
interface Statement {
  readonly text: string;
  readonly values: unknown[];
  readonly types: CustomTypesConfig;
}

interface Operation {
  readonly target: PrismaTarget;
  /** The first failure, as the driver reported it. */
  failure?: unknown;
}

const operations = new AsyncLocalStorage<Operation>();

/**
 * Runs one operation of Prisma, whose statements go to the target.
 * @throws what the driver reported where the database refused, as statements by hand do; Prisma tells only some of it.
 */
export async function runOn<Result>(target: PrismaTarget, call: () => PromiseLike<Result>): Promise<Result> {
  const operation: Operation = { target };
  try {
    // Awaited inside, because an operation of Prisma begins when it is waited for.
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

  /** Asked for by a write of several statements, which Prisma would run in a transaction of its own. */
  override connect(): never {
    const { transaction } = currentOperation().target;
    if (!transaction) throw new Error('Use transact() to write.');
    return Promise.resolve(connectionIn(transaction)) as never;
  }
}

const NOTHING = { rows: [], fields: [], rowCount: 0 };

/**
 * A connection that is the transaction's. Prisma's BEGIN and COMMIT only count: the transaction around them begins and commits. Its
 * ROLLBACK, too, as PostgreSQL knows none of a part: a write that was given up half-way lets the transaction never commit.
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
