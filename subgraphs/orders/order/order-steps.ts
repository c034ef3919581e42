/** The steps of orders: each change of an order's state is one statement, which also keeps who took the step, when and why. */
import { userOf } from '#kernel/auth/access';
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { join, sql, type Sql, type Transaction } from '#kernel/db/database';
import { loader } from '#kernel/graph/loader';
import type { OrderAction, OrderStatus } from '../inputs.generated';
import type { FullOrder, OrderRow, OrderStepRow } from '../model';
import { orderSteps, orders } from '../tables.generated';
import { emitOrderChanged } from './order-events';
import { nextStatus, type StepAction } from './order-states.rules';

/** A step to keep. */
interface NewStep {
  orderId: string;
  action: OrderAction;
  from: OrderStatus | null;
  to: OrderStatus;
  reason?: string | null | undefined;
}

/** The part of a statement that keeps a step. */
export function stepPart(tx: Transaction, ctx: RequestContext, step: NewStep): Sql {
  const row: OrderStepRow = {
    orderId: step.orderId,
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    action: step.action,
    fromStatus: step.from,
    toStatus: step.to,
    at: tx.now,
    actorKind: actorKindOf(ctx),
    userId: userOf(ctx) ?? null,
    reason: step.reason?.trim() ? step.reason.trim() : null,
  };
  return sql`step as (${orderSteps.insert(row)})`;
}

function actorKindOf({ actor }: RequestContext): OrderStepRow['actorKind'] {
  if (actor.kind === 'apiKey') return 'api_key';
  return actor.kind === 'user' ? 'user' : 'platform';
}

/** A step of an order. */
export interface StepRequest {
  action: StepAction;
  reason?: string | null | undefined;
  /** Columns of the order that change with the step. */
  changes?: Partial<OrderRow>;
  /** Further parts of the statement, `name as (…)`. */
  parts?: readonly Sql[];
}

/**
 * Takes a step of a locked order, in one statement, and emits the change.
 * @returns the order; its lines are those of before.
 * @throws PosProError 409 ILLEGAL_STATE for a step that the state does not permit.
 */
export async function takeStep(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { action, reason, changes = {}, parts = [] }: StepRequest,
): Promise<FullOrder> {
  const status = nextStatus(order, action);
  const step = stepPart(tx, ctx, { orderId: order.id, action, from: order.status, to: status, reason });
  const row = await tx.one<OrderRow>(sql`
    with ${join([step, ...parts], ', ')}
    update orders set ${orders.set({ ...changes, status, updatedAt: tx.now })} where id = ${order.id}::uuid
    returning ${orders.columns}`);
  emitOrderChanged(tx, row);
  return { ...order, ...row };
}

/** The steps of an order, the oldest first. A sale at a till is a step without a row, so that it costs no more. */
export async function stepsOf(ctx: RequestContext, order: OrderRow): Promise<OrderStepRow[]> {
  if (order.kind === 'return') return [];
  const atTill = order.channel === 'pos';
  // A sale that never changed has no steps but its sale.
  const stored = atTill && order.version === 1 ? [] : ((await stepsLoader(ctx).load(order.id)) ?? []);
  return atTill ? [saleStep(order), ...stored] : stored;
}

function saleStep(order: OrderRow): OrderStepRow {
  return {
    orderId: order.id,
    id: order.id,
    organizationId: order.organizationId,
    action: 'sell',
    fromStatus: null,
    toStatus: 'completed',
    at: order.createdAt,
    actorKind: order.cashierId === null ? 'platform' : 'user',
    userId: order.cashierId,
    reason: null,
  };
}

function stepsLoader(ctx: RequestContext) {
  return loader<OrderStepRow[]>(ctx, 'orders.steps', async (ids) => {
    const rows = await ctx.db.many<OrderStepRow>(sql`
      select ${orderSteps.select('s')} from order_steps s where s.order_id = any(${[...ids]}::uuid[]) order by s.order_id, s.id`);
    return groupBy(rows, ({ orderId }) => orderId);
  });
}
