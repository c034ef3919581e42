/**
 * Reservations of stock: a cart or an order reserves the goods that it will sell, for a while. Reserved goods are on hand and not
 * available to other sales.
 *
 * Locks are taken in one order everywhere: first the reservations by id, then the levels. end-reservations.ts ends reservations, and
 * manual-reservations.ts has those of users and web shops.
 */
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { listPage, sameId, type Page } from '#kernel/paging';
import { emitStockChanged } from '../stock/stock-events';
import { sellingDay } from '../batches/batches';
import type { QueryStockReservationsArgs } from '../inputs.generated';
import { levelKey, type VariantIdentity } from '../model';
import { CHANGED, proposeLevel, type ChangedLevel } from '../stock/level-changes';
import { insufficientStock, throwInsufficientStock } from '../stock/insufficient-stock';
import { stockLevels, stockReservations, type StockReservationRow } from '../tables.generated';

export type StockReservation = StockReservationRow;

export type ReservationStatus = StockReservation['status'];

/** The cart, order or hold that a reservation is for. */
export type ReservationReference = Pick<StockReservation, 'referenceType' | 'referenceId'>;

export interface ReservationDraft extends ReservationReference {
  expiresAt: Date | null;
  note?: string | null;
  userId?: string | null;
  lines: readonly (VariantIdentity & {
    warehouseId: string;
    /** Greater than zero. */
    quantity: Decimal;
    /** The index in the caller's own input, which a shortage names. */
    line?: number | undefined;
  })[];
}

interface WantedReservation extends VariantIdentity {
  id: string;
  position: number;
  warehouseId: string;
  quantity: Decimal;
}

/**
 * Reserves stock inside the caller's transaction: all lines or none. One statement, and another if batches are kept.
 * @returns a reservation for each variant and warehouse.
 * @throws PosProError 409 INSUFFICIENT_STOCK naming every line, 404 for an unknown warehouse.
 */
export async function reserveStock(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  input: ReservationDraft,
): Promise<StockReservation[]> {
  if (input.lines.length === 0) return [];
  const groups = [...groupBy(input.lines, levelKey)].sort(([a], [b]) => (a < b ? -1 : 1));
  const wanted = groups.map(([, lines], position): WantedReservation => {
    const { warehouseId, variantId, productId, sku } = lines[0]!;
    invariant(
      lines.every((line) => line.quantity.greaterThan(0)),
      'a reservation of nothing was made',
    );
    const quantity = sum(lines.map((line) => line.quantity));
    return { id: ctx.ids.next(), position, warehouseId, variantId, productId, sku, quantity };
  });
  const reservations = wanted.map(({ id, warehouseId, variantId, productId, sku, quantity }) =>
    stockReservations.complete({
      ...{ id, organizationId: tx.organizationId, warehouseId, variantId, productId, sku, quantity },
      ...{
        referenceType: input.referenceType,
        referenceId: input.referenceId,
        status: 'active',
        createdAt: tx.now,
        updatedAt: tx.now,
      },
      ...{ note: input.note ?? null, userId: input.userId ?? null, expiresAt: input.expiresAt },
    }),
  );
  const changed = await writeReservations(tx, wanted, reservations);
  const levels = new Map(changed.map((level) => [levelKey(level), level]));
  const moves = input.lines.map((line) => ({ ...line, quantity: line.quantity.negated() }));
  const refused = wanted.filter((one) => !levels.has(levelKey(one)));
  if (refused.length > 0) {
    await throwInsufficientStock(
      tx,
      moves,
      refused.map((one) => ({ ...one, delta: one.quantity.negated() })),
    );
  }
  for (const one of wanted) {
    const level = levels.get(levelKey(one))!;
    if (level.batched) await refuseExpired(tx, one, level, input);
    emitStockChanged(tx, {
      ...one,
      ...level,
      delta: ZERO,
      availableDelta: one.quantity.negated(),
      reason: 'reserved',
    });
  }
  return reservations;
}

/**
 * Keeps reserved what a reference still needs, until another moment: its active reservations get the new end, and what is missing
 * because a reservation has expired is reserved again.
 * @param input all that the reference needs, and the new end.
 * @throws PosProError as reserveStock.
 */
export async function keepReserved(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  input: ReservationDraft,
): Promise<void> {
  if (input.lines.length === 0) return;
  const held = await tx.many<StockReservation>(sql`
    with live as materialized (
      select d.id from stock_reservations d
      where d.organization_id = ${tx.organizationId}::uuid and d.status = 'active'
        and d.reference_type = ${input.referenceType} and d.reference_id = ${input.referenceId}
      order by d.id for update
    )
    update stock_reservations r set expires_at = ${input.expiresAt}::timestamptz from live where r.id = live.id
    returning ${stockReservations.select('r')}`);
  const heldByLevel = groupBy(held, levelKey);
  const missing = [...groupBy(input.lines, levelKey)].flatMap(([key, lines]) => {
    const reserved = sum((heldByLevel.get(key) ?? []).map((row) => row.quantity));
    const quantity = sum(lines.map((line) => line.quantity)).minus(reserved);
    return quantity.greaterThan(ZERO) ? [{ ...lines[0]!, quantity }] : [];
  });
  await reserveStock(tx, ctx, { ...input, lines: missing });
}

/** As in moveStock, a proposed row carries the difference, and the guard checks the row once it is locked. */
function writeReservations(
  tx: Transaction,
  wanted: readonly WantedReservation[],
  reservations: readonly StockReservation[],
): Promise<ChangedLevel[]> {
  const organization = tx.organizationId;
  const proposed = wanted.map(({ position, warehouseId, variantId, productId, sku, quantity: reserved }) => {
    return { position, ...proposeLevel(tx, { warehouseId, variantId, productId, sku, reserved }) };
  });
  return tx.many<ChangedLevel>(sql`
    with change as materialized (
      select t.*, w.branch_id, w.allows_negative
      from jsonb_to_recordset(${JSON.stringify(proposed)}::jsonb) as t(position int, ${stockLevels.definitions})
      join warehouses w on w.organization_id = ${organization}::uuid and w.id = t."warehouseId"
    ), promised as (
      insert into stock_levels as level (${stockLevels.columns})
      select ${stockLevels.values('c')} from change c
      where c.allows_negative or (
        select true from stock_levels l where l.organization_id = ${organization}::uuid
          and l.variant_id = c."variantId" and l.warehouse_id = c."warehouseId")
      order by c.position
      on conflict (organization_id, variant_id, warehouse_id) do update set reserved = level.reserved + excluded.reserved
      where level.on_hand - level.reserved - excluded.reserved >= 0
        or (excluded.warehouse_id, excluded.variant_id) in (
          select c."warehouseId", c."variantId" from change c where c.allows_negative)
      returning ${CHANGED.select('level')}
    ), written as (
      insert into stock_reservations (${stockReservations.columns})
      select ${stockReservations.values('x')}
      from jsonb_to_recordset(${JSON.stringify(reservations)}::jsonb) as x(${stockReservations.definitions})
      join promised p on p.warehouse_id = x."warehouseId" and p.variant_id = x."variantId"
    )
    select p.*, (select c.branch_id from change c where c."warehouseId" = p.warehouse_id limit 1) as branch_id from promised p`);
}

/** Expired stock cannot be sold, so it is not reserved either. */
async function refuseExpired(
  tx: Transaction,
  one: WantedReservation,
  level: ChangedLevel,
  input: ReservationDraft,
): Promise<void> {
  const today = await sellingDay(tx, level.branchId, tx.now);
  const { expired } = await tx.one<{ expired: Decimal }>(sql`
    select coalesce(sum(quantity), 0) as expired from stock_batches
    where organization_id = ${tx.organizationId}::uuid and variant_id = ${one.variantId}::uuid
      and warehouse_id = ${one.warehouseId}::uuid and quantity > 0 and expires_on < ${today}::date`);
  const left = level.onHand.minus(level.reserved).minus(expired);
  if (expired.isZero() || !left.lessThan(0)) return;
  const rest = left.plus(one.quantity);
  const available = rest.lessThan(0) ? ZERO : rest;
  throw insufficientStock(
    tx,
    input.lines
      .filter((line) => levelKey(line) === levelKey(one))
      .map(({ line }) => ({
        line,
        variantId: one.variantId,
        sku: one.sku,
        requested: one.quantity,
        available,
        expired: true,
      })),
  );
}

/** Quantities that are reserved under a reference at a moment, by variant. */
export async function reservedUnder(
  db: Queryable,
  { referenceType, referenceId }: ReservationReference,
  at: Date,
): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await db.many<Pick<StockReservation, 'variantId' | 'quantity'>>(sql`
    select r.variant_id, sum(r.quantity) as quantity from stock_reservations r
    where r.reference_type = ${referenceType} and r.reference_id = ${referenceId} and r.status = 'active'
      and (r.expires_at is null or r.expires_at > ${at}::timestamptz)
    group by r.variant_id`);
  return new Map(rows.map(({ variantId, quantity }) => [variantId, quantity]));
}

/** Reservations, the newest first. */
export function listReservations(
  ctx: RequestContext,
  filter: QueryStockReservationsArgs,
): Promise<Page<StockReservation>> {
  const where = [
    ...sameId(sql`r.warehouse_id`, filter.warehouseId),
    ...sameId(sql`r.variant_id`, filter.variantId),
  ];
  if (filter.status != null) where.push(sql`r.status = ${filter.status}`);
  if (filter.reference != null) where.push(sql`r.reference_id = ${filter.reference}`);
  const sorts = { createdAt: sql`r.id`, quantity: sql`r.quantity` };
  const list = {
    select: stockReservations.select('r'),
    from: sql`stock_reservations r`,
    where,
    sorts,
    updatedAt: sql`r.updated_at`,
    defaultSort: '-createdAt',
    id: sql`r.id`,
  };
  return listPage<StockReservation>(ctx.db, list, filter);
}
