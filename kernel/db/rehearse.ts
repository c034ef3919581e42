/** Work that is done in a transaction and undone: a preview that cannot differ from the operation. */
import type { RequestContext } from '../context';
import { sql, type Transaction } from './database';
import { transact } from './transact';

/** Ends a transaction with the result of its work, and without a commit. */
class Undone<Result> extends Error {
  constructor(readonly result: Result) {
    super('The work is undone.');
  }
}

/**
 * Runs work as `transact` does, and undoes it: no row, event, audit entry or number remains. The work holds its locks as long as it
 * runs, so it must ask no service outside the database.
 *
 * @returns the result of the work; ids in it exist nowhere.
 * @throws the errors of the work, as transact.
 *
 * @example
 * const preview = await rehearse(ctx, (tx) => postEdit(tx, ctx, id, input));
 */
export async function rehearse<Result>(
  ctx: RequestContext,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await transact(ctx, async (tx): Promise<never> => {
      const result = await work(tx);
      // The next statement fails if one failed that was sent without waiting: nothing else would show it, because nothing commits.
      await tx.run(sql`select 1`);
      throw new Undone(result);
    });
  } catch (error) {
    if (error instanceof Undone) return error.result as Result;
    throw error;
  }
}
