/** Sales made for practice: they stand beside the orders, so that no stock, no number and no total knows of them. */
import type { RequestContext } from '../../kernel/context';
import { sql, type Queryable, type Transaction } from '../../kernel/db/database';
import { revive, tag } from '../../kernel/db/idempotency';
import { isUuid } from '../../kernel/ids';
import { byId } from '../../kernel/graph/loader';
import { draftedOrder, type OrderDraft } from './insert';
import type { WrittenOrder } from './returns';

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
  await tx.run(sql`
    insert into training_sales (id, organization_id, register_session_id, sale, created_at)
    values (${order.id}, ${tx.organizationId}, ${order.registerSessionId}, ${JSON.stringify(tag(written))}::jsonb, ${tx.now})`);
  return written;
}

/** The sales made for practice among these ids. */
export async function trainingSales(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, WrittenOrder>> {
  const known = ids.filter(isUuid);
  if (known.length === 0) return new Map();
  const rows = await db.many<{ id: string; sale: unknown }>(sql`
    select id, sale from training_sales where id = any(${known}::uuid[])`);
  const sales = [...byId(rows)].map(([id, { sale }]) => [id, revive(sale) as WrittenOrder] as const);
  return new Map(sales);
}
