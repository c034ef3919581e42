/** The deliveries to an endpoint, and sending them again. */
import type { RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { DATABASE_NOW } from '#kernel/db/database-clock';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { createSignal } from '#kernel/database-signal';
import { endpointById, lockEndpoint } from './endpoints';
import type { QueryWebhookDeliveriesArgs } from './inputs.generated';
import { RETRY_PERIOD_MS } from './retry.rules';
import { webhookDeliveries, type NewWebhookDelivery, type WebhookDeliveryRow } from './tables.generated';
import { PING, PUBLIC_TYPES } from './event-catalog';

/** One event for one endpoint. */
export type DeliveryRow = WebhookDeliveryRow;

export type DeliveryStatus = DeliveryRow['status'];

/** The columns of a delivery that are copied from the outbox. */
const EVENT_FIELDS = ['type', 'cursor', 'branchId', 'key', 'payload', 'at'] as const;
const DELIVERY_FIELDS = webhookDeliveries.omit(...EVENT_FIELDS);

/** Wakes the worker of this process when deliveries are due. */
export const deliveriesWaiting = createSignal();

/** The deliveries to an endpoint, the newest first. @throws PosProError 404 */
export async function listDeliveries(
  ctx: RequestContext,
  { webhookId, ...filter }: QueryWebhookDeliveriesArgs,
): Promise<Page<DeliveryRow>> {
  await endpointById(ctx, webhookId);
  const where: Sql[] = [sql`d.endpoint_id = ${webhookId}`];
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

/** Sends a test event. @throws PosProError 404 */
export async function pingWebhook(ctx: RequestContext, id: string): Promise<DeliveryRow> {
  const delivery = await transact(ctx, async (tx) => {
    await lockEndpoint(tx, id);
    const event = { type: PING, key: id, payload: {}, at: tx.now };
    const created = await tx.prisma.webhookDelivery.create({
      data: { ...newDelivery(tx, ctx, id, ctx.ids.next()), ...event },
    });
    await makeDue(tx, id);
    return created;
  });
  deliveriesWaiting.notify(ctx.database);
  return delivery;
}

/** Sends one delivery again, whatever its status. @throws PosProError 404 */
export async function replayDelivery(
  ctx: RequestContext,
  id: string,
  deliveryId: string,
): Promise<DeliveryRow> {
  const delivery = await transact(ctx, async (tx) => {
    await lockEndpoint(tx, id);
    if (!isUuid(deliveryId)) throw notFound('delivery', deliveryId);
    const where = { endpointId: id, id: deliveryId };
    const [replayed] = await tx.prisma.webhookDelivery.updateManyAndReturn({
      where,
      data: freshState(tx.now),
    });
    if (!replayed) throw notFound('delivery', deliveryId);
    await makeDue(tx, id);
    return replayed;
  });
  deliveriesWaiting.notify(ctx.database);
  return delivery;
}

/**
 * Sends the events since a moment again, as far as they are kept: events that were sent before, and events that were not because
 * the endpoint did not exist yet or did not subscribe to their type.
 * @returns the number of deliveries.
 * @throws PosProError 404
 */
export async function replayEvents(ctx: RequestContext, id: string, since: Date): Promise<number> {
  const count = await transact(ctx, async (tx) => {
    const { types } = await lockEndpoint(tx, id);
    const eventTypes = types.length > 0 ? types : [...PUBLIC_TYPES];
    const { count: replayedCount } = await tx.prisma.webhookDelivery.updateMany({
      where: { endpointId: id, at: { gte: since }, type: { in: eventTypes } },
      data: freshState(tx.now),
    });
    // An event has a delivery if one has its id; PosPro creates both ids as UUIDs, so the pair is unique.
    const missingEvents = await tx.many<{ id: string }>(sql`
      select o.id from outbox_events o join webhook_endpoints e on e.id = ${id}
      where o.organization_id = ${tx.organizationId} and o.at >= ${since} and o.type = any(${eventTypes}::text[])
        and (o.xid, o.sequence) <= (e.xid, e.sequence)
        and not exists (select from webhook_deliveries d where d.endpoint_id = e.id and d.event_id = o.id)`);
    const rows = missingEvents.map((event) => DELIVERY_FIELDS.complete(newDelivery(tx, ctx, id, event.id)));
    await tx.run(sql`
      insert into webhook_deliveries (${DELIVERY_FIELDS.columns}, type, cursor, branch_id, key, payload, at)
      select ${DELIVERY_FIELDS.values('x')}, o.type, pospro_cursor_number(o.xid) || '-' || o.sequence, o.branch_id, o.key, o.payload, o.at
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${DELIVERY_FIELDS.definitions})
      join outbox_events o on o.id = x."eventId"`);
    await makeDue(tx, id);
    return replayedCount + missingEvents.length;
  });
  deliveriesWaiting.notify(ctx.database);
  return count;
}

/** Deliveries are due by the clock of the database; that of this process may be ahead of it. */
async function makeDue(tx: Transaction, endpointId: string): Promise<void> {
  await tx.run(sql`
    update webhook_deliveries set next_attempt_at = ${DATABASE_NOW}
    where endpoint_id = ${endpointId} and status = 'pending' and attempts = 0 and next_attempt_at > ${DATABASE_NOW}`);
}

/** A new delivery that is due immediately, without the data of its event. */
export function newDelivery(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  endpointId: string,
  eventId: string,
): Omit<NewWebhookDelivery, (typeof EVENT_FIELDS)[number]> {
  const { organizationId, now } = tx;
  const times = { nextAttemptAt: now, tryUntil: retryDeadline(now), createdAt: now };
  return { id: ctx.ids.next(), organizationId, endpointId, eventId, status: 'pending', ...times };
}

function freshState(now: Date) {
  const emptyResult = { deliveredAt: null, lastStatus: null, lastError: null };
  return { status: 'pending', attempts: 0, nextAttemptAt: now, tryUntil: retryDeadline(now), ...emptyResult };
}

/** The moment at which a delivery that starts now is given up. */
function retryDeadline(now: Date): Date {
  return new Date(now.getTime() + RETRY_PERIOD_MS);
}
