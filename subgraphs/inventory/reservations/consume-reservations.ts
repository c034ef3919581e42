/** Sells reserved goods to the customer for whom they are reserved: a sale names references, or the ids of single reservations. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import type { StockMove } from '../model';
import { moveStock, type MovedStock } from '../stock/move-stock';
import { endReservations, soldOrReleased } from './end-reservations';
import type { StockReservation } from './reservations';
import { stockReservations } from '../tables.generated';

/** The reference type of goods that users and web shops reserve; other types belong to the domains that use them. */
export const HOLD = 'hold';
/** Most names per request. */
export const MAX_NAMES = 20;

/** The reason why a name cannot be used; `index` is its place in `reservations`. */
export interface ReservationError {
  index: number;
  code: 'VALIDATION_FAILED' | 'ILLEGAL_STATE';
  reason:
    | 'RESERVATION_NOT_FOUND'
    | 'RESERVATION_EXPIRED'
    | 'RESERVATION_RELEASED'
    | 'RESERVATION_CONSUMED'
    | 'RESERVATION_ELSEWHERE';
  message: string;
}

/** A condition for the holds that names mean. @param row the alias of stock_reservations in the statement. */
export function named(row: Sql, names: readonly string[]): Sql {
  return sql`${row}.reference_type = ${HOLD}
    and (${row}.reference_id = any(${[...names]}::text[]) or ${row}.id = any(${names.filter(isUuid)}::uuid[]))`;
}

/** Whether a name means a reservation. */
export function isNamed(
  { id, referenceId }: Pick<StockReservation, 'id' | 'referenceId'>,
  name: string,
): boolean {
  return referenceId === name || id === name.toLowerCase();
}

/** Reservations that names mean: all active ones, and the last ended one under the same reference. One statement. */
export function namedReservations(db: Queryable, names: readonly string[]): Promise<StockReservation[]> {
  return db.many<StockReservation>(sql`
    select distinct on (r.reference_id, r.warehouse_id, r.variant_id, r.own) ${stockReservations.select('r')}
    from (
      select r.*, case when r.status = 'active' or r.id = any(${names.filter(isUuid)}::uuid[]) then r.id end as own
      from stock_reservations r where ${named(sql`r`, names)}
    ) r
    order by r.reference_id, r.warehouse_id, r.variant_id, r.own, r.id desc`);
}

/** The moment and the warehouse in which goods must be reserved. */
interface Wanted {
  at: Date;
  /** Optional; defaults to any warehouse. */
  warehouseId?: string;
}

function isHeld(row: StockReservation, { at, warehouseId }: Wanted): boolean {
  const live = row.status === 'active' && (row.expiresAt === null || row.expiresAt > at);
  return live && (warehouseId === undefined || row.warehouseId === warehouseId);
}

/** The names without an active reservation, each with the reason. Pure. */
export function unusableReservations(
  names: readonly string[],
  rows: readonly StockReservation[],
  wanted: Wanted,
): ReservationError[] {
  return names.flatMap((name, index) => {
    const own = rows.filter((row) => isNamed(row, name));
    return own.some((row) => isHeld(row, wanted)) ? [] : [{ index, ...reasonOf(name, own, wanted) }];
  });
}

function reasonOf(
  name: string,
  own: readonly StockReservation[],
  { at }: Wanted,
): Omit<ReservationError, 'index'> {
  const code = 'ILLEGAL_STATE';
  if (own.some((row) => isHeld(row, { at }))) {
    const message = `The goods reserved under "${name}" are in another warehouse than the one that is sold from.`;
    return { code, reason: 'RESERVATION_ELSEWHERE', message };
  }
  const last = own.reduce<StockReservation | undefined>(
    (one, row) => (one && one.id > row.id ? one : row),
    undefined,
  );
  switch (last?.status) {
    case undefined:
      return {
        code: 'VALIDATION_FAILED',
        reason: 'RESERVATION_NOT_FOUND',
        message: `There is no reservation under "${name}".`,
      };
    case 'consumed':
      return {
        code,
        reason: 'RESERVATION_CONSUMED',
        message: `The goods reserved under "${name}" have been sold.`,
      };
    case 'released':
      return {
        code,
        reason: 'RESERVATION_RELEASED',
        message: `The reservation under "${name}" has been released.`,
      };
    case 'active':
    case 'expired': {
      const end = last.expiresAt?.toISOString() ?? '';
      const message = `The reservation under "${name}" expired at ${end}. Sell without the reservation if enough is available.`;
      return { code, reason: 'RESERVATION_EXPIRED', message };
    }
  }
}

/** @throws PosProError for any error in the list: 422 for names without a reservation, else 409 ILLEGAL_STATE. */
export function throwReservationErrors(errors: readonly ReservationError[]): void {
  const first = errors.find((error) => error.code === 'VALIDATION_FAILED') ?? errors[0];
  if (!first) return;
  const same = errors.filter((error) => error.code === first.code);
  throw new PosProError(first.code, same.map((error) => error.message).join(' '), {
    errors: same.map(({ index, message, reason }) => ({
      field: `reservations.${index}`,
      message,
      code: reason,
    })),
  });
}

/** Stock that a sale has under its reservations, and the reservations that cannot be used. */
export interface ReservedGoods {
  /** Reserved quantities by variant: a sale that names the reservations can take them in addition to the available stock. */
  quantities: ReadonlyMap<string, Decimal>;
  faults: readonly ReservationError[];
}

/** The reserved goods of a sale that names no reservation. */
export const NOTHING_RESERVED: ReservedGoods = { quantities: new Map(), faults: [] };

/** The stock that a sale from a warehouse would consume at a moment. One statement. */
export async function reservedStockFor(
  db: Queryable,
  reservations: readonly string[],
  warehouseId: string,
  at: Date,
): Promise<ReservedGoods> {
  const names = reservations.map((name) => name.trim());
  const rows = await namedReservations(db, names);
  const held = groupBy(
    rows.filter((row) => isHeld(row, { at, warehouseId })),
    (row) => row.variantId,
  );
  const quantities = new Map(
    [...held].map(([variantId, own]) => [variantId, sum(own.map((row) => row.quantity))]),
  );
  return { quantities, faults: unusableReservations(names, rows, { at, warehouseId }) };
}

/**
 * Sells reserved goods: the named reservations in the warehouse end, and the goods leave in the same change of their levels.
 * Reserved goods that are not sold are released; goods sold beyond the reservation are sold like any others. One statement more
 * than moveStock, and none more if no reservation is named.
 * @throws PosProError 409 ILLEGAL_STATE if a name no longer has an active reservation, 422 for an unknown name; as moveStock.
 */
export async function consumeReservations(
  tx: Transaction,
  ctx: RequestContext,
  reservations: readonly string[],
  { warehouseId, moves }: { warehouseId: string; moves: readonly StockMove[] },
): Promise<MovedStock[]> {
  if (reservations.length === 0) return moveStock(tx, ctx, moves);
  const names = reservations.map((name) => name.trim());
  const held = sql`${named(sql`d`, names)} and d.warehouse_id = ${warehouseId}::uuid
    and (d.expires_at is null or d.expires_at > ${tx.now}::timestamptz)`;
  const released = await endReservations(tx, soldOrReleased(moves), held);
  // Reservations that this sale has just ended would read as ended, so only the other names are checked.
  const unserved = new Set(names.filter((name) => !released.some((row) => isNamed(row, name))));
  if (unserved.size > 0) {
    const errors = unusableReservations(names, await namedReservations(tx, names), {
      at: tx.now,
      warehouseId,
    });
    throwReservationErrors(errors.filter(({ index }) => unserved.has(names[index]!)));
  }
  return moveStock(tx, ctx, moves, released);
}
