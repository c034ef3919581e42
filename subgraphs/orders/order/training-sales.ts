/** Sales made for practice: they stand beside the orders, so that no stock, no number and no total knows of them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { revive, tag } from '#kernel/db/idempotency';
import { invariant } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { byId } from '#kernel/graph/loader';
import { draftedOrder, type OrderDraft } from './insert-order';
import type { WrittenOrder } from '../refunds/post-return';
import { trainingSales as trainingSaleRows } from '../tables.generated';

/** What stands where a real order has its numbers. */
const TRAINING_NUMBER = 'TRAINING';

/** Keeps a sale made for practice, so that its receipt can be printed. */
export async function keepTrainingSale(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  draft: OrderDraft,
  payments: WrittenOrder['payments'],
): Promise<WrittenOrder> {
  const numbers = { number: TRAINING_NUMBER, receiptNumber: TRAINING_NUMBER };
  const order = { ...draftedOrder(tx, ctx, { ...draft, ...numbers }), training: true };
  const written: WrittenOrder = { order, payments };
  const { id, organizationId, registerSessionId } = order;
  invariant(registerSessionId, 'a sale for practice is made at a register');
  await tx.run(
    trainingSaleRows.insert({ id, organizationId, registerSessionId, sale: tag(written), createdAt: tx.now }),
  );
  return written;
}

/** The sales made for practice among these ids. */
export async function trainingSales(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, WrittenOrder>> {
  const known = ids.filter(isUuid);
  if (known.length === 0) return new Map();
  const rows = await db.many<{ id: string; sale: unknown }>(sql`
    select id, sale from training_sales where id = any(${known}::uuid[])`);
  const sales = [...byId(rows)].map(([id, { sale }]) => [id, revive(sale) as WrittenOrder] as const);
  return new Map(sales);
}
