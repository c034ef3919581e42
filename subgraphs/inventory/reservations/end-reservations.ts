/** Ends reservations: they are released, consumed by a sale, or expire. Locks as in reservations.ts. */
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { empty, sql, type Sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum } from '#kernel/decimal';
import { emitStockChanged } from '../stock/stock-events';
import { levelKey, type StockMove } from '../model';
import { CHANGED, type ChangedLevel } from '../stock/level-changes';
import { moveStock, type MovedStock } from '../stock/move-stock';
import type { ReservationReference, ReservationStatus, StockReservation } from './reservations';
import { stockReservations } from '../tables.generated';

/** Releases the active reservations of a reference, if any. @returns the released reservations. */
export async function releaseReservation(
  tx: Transaction,
  reference: ReservationReference,
): Promise<StockReservation[]> {
  const ended = await endReservations(tx, 'released', ofReference(reference));
  await freeLevels(tx, ended, 'released');
  return ended;
}

/**
 * Sells reserved goods: the reservations end and the goods leave in the same change of their levels, so that no other sale comes
 * between. Goods reserved for the same reference and not sold are released; goods sold beyond it are sold like any others.
 * @throws PosProError as moveStock.
 */
export async function consumeReservation(
  tx: Transaction,
  ctx: RequestContext,
  reference: ReservationReference,
  moves: readonly StockMove[],
): Promise<MovedStock[]> {
  const released = await endReservations(tx, soldOrReleased(moves), ofReference(reference));
  return moveStock(tx, ctx, moves, released);
}

/** The status with which reservations end in a sale: reservations of goods that are not sold at all are released. */
export function soldOrReleased(moves: readonly StockMove[]): Sql {
  const levels = moves.map(({ variantId, warehouseId }) => ({ variantId, warehouseId }));
  return sql`case when (r.variant_id, r.warehouse_id) in (
    select t."variantId", t."warehouseId"
    from jsonb_to_recordset(${JSON.stringify(levels)}::jsonb) as t("variantId" uuid, "warehouseId" uuid)
  ) then 'consumed' else 'released' end`;
}

/**
 * Ends expired reservations, except those that another process is ending at this moment.
 * @returns the number of ended reservations; fewer than the limit means that there are no more.
 */
export async function expireReservations(tx: Transaction, limit: number): Promise<number> {
  const ended = await endReservations(tx, 'expired', sql`d.expires_at <= ${tx.now}::timestamptz`, limit);
  await freeLevels(tx, ended, 'reservation_expired');
  return ended.length;
}

function ofReference({ referenceType, referenceId }: ReservationReference): Sql {
  return sql`d.reference_type = ${referenceType} and d.reference_id = ${referenceId}`;
}

/**
 * Ends the active reservations that a condition picks, and locks them in the order of their ids. The caller must take them off
 * their levels in the same transaction.
 * @param status the status with which they end; `r` is the reservation.
 * @param condition `d` is the reservation.
 * @param limit ends at most so many, and skips those that another process is ending at this moment.
 */
export function endReservations(
  tx: Transaction,
  status: ReservationStatus | Sql,
  condition: Sql,
  limit?: number,
): Promise<StockReservation[]> {
  const skip = limit === undefined ? empty : sql`skip locked limit ${limit}`;
  return tx.many<StockReservation>(sql`
    with due as materialized (
      select d.id from stock_reservations d
      where d.organization_id = ${tx.organizationId}::uuid and d.status = 'active' and ${condition}
      order by d.id for update ${skip}
    )
    update stock_reservations r set status = ${status}, ended_at = ${tx.now}::timestamptz from due where r.id = due.id
    returning ${stockReservations.select('r')}`);
}

/** Takes ended reservations off their levels, in the order of all locks, and emits the new levels. */
export async function freeLevels(
  tx: Transaction,
  ended: readonly StockReservation[],
  reason: string,
): Promise<void> {
  if (ended.length === 0) return;
  const groups = groupBy(ended, levelKey);
  const freed = [...groups.values()].map((rows) => ({
    warehouseId: rows[0]!.warehouseId,
    variantId: rows[0]!.variantId,
    quantity: sum(rows.map((row) => row.quantity)),
  }));
  const levels = await tx.many<ChangedLevel>(sql`
    with locked as materialized (
      select l.variant_id, l.warehouse_id, t.quantity
      from jsonb_to_recordset(${JSON.stringify(freed)}::jsonb) as t("warehouseId" uuid, "variantId" uuid, quantity numeric)
      join stock_levels l on l.organization_id = ${tx.organizationId}::uuid and l.variant_id = t."variantId"
        and l.warehouse_id = t."warehouseId"
      order by l.variant_id, l.warehouse_id for update of l
    )
    update stock_levels l set reserved = l.reserved - k.quantity
    from locked k join warehouses w on w.id = k.warehouse_id
    where l.organization_id = ${tx.organizationId}::uuid and l.variant_id = k.variant_id and l.warehouse_id = k.warehouse_id
    returning ${CHANGED.select('l')}, w.branch_id`);
  for (const level of levels) {
    const rows = groups.get(levelKey(level))!;
    const availableDelta = sum(rows.map((row) => row.quantity));
    const { productId, sku } = rows[0]!;
    emitStockChanged(tx, { ...level, productId, sku, delta: ZERO, availableDelta, reason });
  }
}
