/** Training sales: they are stored beside the orders, so that no stock, no number and no total includes them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { revive, tag } from '#kernel/db/idempotency';
import { invariant } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { byId } from '#kernel/graph/loader';
import { draftedOrder, type OrderDraft } from './insert-order';
import type { PostedOrder } from '../model';
import { trainingSales as trainingSaleRows } from '../tables.generated';

/** Stands in place of the numbers of a real order. */
const TRAINING_NUMBER = 'TRAINING';

/** Inserts a training sale, so that its receipt can be printed. */
export async function insertTrainingSale(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  draft: OrderDraft,
  payments: PostedOrder['payments'],
): Promise<PostedOrder> {
  const numbers = { number: TRAINING_NUMBER, receiptNumber: TRAINING_NUMBER };
  const order = { ...draftedOrder(tx, ctx, { ...draft, ...numbers }), training: true };
  const posted: PostedOrder = { order, payments };
  const { id, organizationId, registerSessionId } = order;
  invariant(registerSessionId, 'a training sale is made at a register');
  await tx.run(
    trainingSaleRows.insert({ id, organizationId, registerSessionId, sale: tag(posted), createdAt: tx.now }),
  );
  return posted;
}

/** Training sales by their ids; other ids are ignored. */
export async function trainingSales(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PostedOrder>> {
  const uuids = ids.filter(isUuid);
  if (uuids.length === 0) return new Map();
  const rows = await db.many<{ id: string; sale: unknown }>(sql`
    select id, sale from training_sales where id = any(${uuids}::uuid[])`);
  const sales = [...byId(rows)].map(([id, { sale }]) => [id, revive(sale) as PostedOrder] as const);
  return new Map(sales);
}
