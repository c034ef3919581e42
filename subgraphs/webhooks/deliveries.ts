/** What was sent to an endpoint, and sending it again. */
import type { RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { createSignal } from '#kernel/database-signal';
import { endpointById, lockEndpoint } from './endpoints';
import type { QueryWebhookDeliveriesArgs } from './inputs.generated';
import { TRY_FOR_MS } from './retry.rules';
import { webhookDeliveries, type NewWebhookDelivery, type WebhookDeliveryRow } from './tables.generated';
import { PING, PUBLIC_TYPES } from './event-catalog.rules';

/** One event for one endpoint. */
export type DeliveryRow = WebhookDeliveryRow;

export type DeliveryStatus = DeliveryRow['status'];

/** The columns of a delivery that the outbox holds too. */
const OF_EVENT = ['type', 'cursor', 'branchId', 'key', 'payload', 'at'] as const;
const WITHOUT_EVENT = webhookDeliveries.omit(...OF_EVENT);

/** Tells the worker of this process that something is to be sent. */
export const deliveriesWaiting = createSignal();

/** What was sent to an endpoint, the newest first. @throws PosProError 404 */
export async function listDeliveries(
  ctx: RequestContext,
  { id, ...filter }: QueryWebhookDeliveriesArgs,
): Promise<Page<DeliveryRow>> {
  await endpointById(ctx, id);
  const where: Sql[] = [sql`d.endpoint_id = ${id}`];
  if (filter.status != null) where.push(sql`d.status = ${filter.status}`);
  return listPage<DeliveryRow>(
    ctx.db,
    {
      select: sql`d.*`,
      from: sql`webhook_deliveries d`,
      where,
      sorts: { createdAt: sql`d.created_at` },
      defaultSort: '-createdAt',
      id: sql`d.id`,
    },
    filter,
  );
}

/** Sends a test message. @throws PosProError 404 */
export async function pingWebhook(ctx: RequestContext, id: string): Promise<DeliveryRow> {
  const delivery = await transact(ctx, async (tx) => {
    await lockEndpoint(tx, id);
    const event = { type: PING, key: id, payload: {}, at: tx.now };
    return tx.prisma.webhookDelivery.create({
      data: { ...newDelivery(tx, ctx, id, ctx.ids.next()), ...event },
    });
  });
  deliveriesWaiting.announce(ctx.database);
  return delivery;
}

/** Sends one delivery again, whatever became of it. @throws PosProError 404 */
export async function replayDelivery(
  ctx: RequestContext,
  id: string,
  deliveryId: string,
): Promise<DeliveryRow> {
  const delivery = await transact(ctx, async (tx) => {
    await lockEndpoint(tx, id);
    if (!isUuid(deliveryId)) throw notFound('delivery', deliveryId);
    const where = { endpointId: id, id: deliveryId };
    const [again] = await tx.prisma.webhookDelivery.updateManyAndReturn({ where, data: afresh(tx.now) });
    if (!again) throw notFound('delivery', deliveryId);
    return again;
  });
  deliveriesWaiting.announce(ctx.database);
  return delivery;
}

/**
 * Sends everything again that happened since a moment, as far as it is kept: what was sent before, and what was not because the
 * endpoint did not exist yet or did not ask for it.
 * @returns how many deliveries that makes.
 * @throws PosProError 404
 */
export async function replaySince(ctx: RequestContext, id: string, since: Date): Promise<number> {
  const count = await transact(ctx, async (tx) => {
    const { types } = await lockEndpoint(tx, id);
    const wanted = types.length > 0 ? types : [...PUBLIC_TYPES];
    const { count: again } = await tx.prisma.webhookDelivery.updateMany({
      where: { endpointId: id, at: { gte: since }, type: { in: wanted } },
      data: afresh(tx.now),
    });
    // The event's own id tells a delivery of it; both are UUIDs of ours, so the pair is unique.
    const missing = await tx.many<{ id: string }>(sql`
      select o.id from outbox_events o join webhook_endpoints e on e.id = ${id}
      where o.organization_id = ${tx.organizationId} and o.at >= ${since} and o.type = any(${wanted}::text[])
        and (o.xid, o.sequence) <= (e.xid, e.sequence)
        and not exists (select from webhook_deliveries d where d.endpoint_id = e.id and d.event_id = o.id)`);
    const rows = missing.map((event) => WITHOUT_EVENT.complete(newDelivery(tx, ctx, id, event.id)));
    await tx.run(sql`
      insert into webhook_deliveries (${WITHOUT_EVENT.columns}, type, cursor, branch_id, key, payload, at)
      select ${WITHOUT_EVENT.values('x')}, o.type, o.xid || '-' || o.sequence, o.branch_id, o.key, o.payload, o.at
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${WITHOUT_EVENT.definitions})
      join outbox_events o on o.id = x."eventId"`);
    return again + missing.length;
  });
  deliveriesWaiting.announce(ctx.database);
  return count;
}

/** A delivery that is due at once, without what its event says. */
export function newDelivery(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  endpointId: string,
  eventId: string,
): Omit<NewWebhookDelivery, (typeof OF_EVENT)[number]> {
  const { organizationId, now } = tx;
  const times = { nextAttemptAt: now, tryUntil: until(now), createdAt: now };
  return { id: ctx.ids.next(), organizationId, endpointId, eventId, status: 'pending', ...times };
}

function afresh(now: Date) {
  const forgotten = { deliveredAt: null, lastStatus: null, lastError: null };
  return { status: 'pending', attempts: 0, nextAttemptAt: now, tryUntil: until(now), ...forgotten };
}

/** When a delivery that begins now is given up. */
function until(now: Date): Date {
  return new Date(now.getTime() + TRY_FOR_MS);
}
