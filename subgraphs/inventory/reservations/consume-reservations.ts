/** Selling what was put aside to the one for whom it was: a sale names references, or the ids of single reservations. */
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

/** The kind of reference under which people and web shops put goods aside; other kinds belong to those who made them. */
export const HOLD = 'hold';
/** How many names a request may give. */
export const MAX_NAMES = 20;

/** What stands against a name; `index` is its place in `reservations`. */
export interface ReservationFault {
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

/** The holds that names mean. @param row what a row of stock_reservations is called in the statement. */
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

/** What names mean: everything that holds stock, and the last of what has ended under the same reference. One statement. */
export function namedReservations(db: Queryable, names: readonly string[]): Promise<StockReservation[]> {
  return db.many<StockReservation>(sql`
    select distinct on (r.reference_id, r.warehouse_id, r.variant_id, r.own) ${stockReservations.select('r')}
    from (
      select r.*, case when r.status = 'active' or r.id = any(${names.filter(isUuid)}::uuid[]) then r.id end as own
      from stock_reservations r where ${named(sql`r`, names)}
    ) r
    order by r.reference_id, r.warehouse_id, r.variant_id, r.own, r.id desc`);
}

/** Where and when something must be held. */
interface Wanted {
  at: Date;
  /** Any where left out. */
  warehouseId?: string;
}

function isHeld(row: StockReservation, { at, warehouseId }: Wanted): boolean {
  const live = row.status === 'active' && (row.expiresAt === null || row.expiresAt > at);
  return live && (warehouseId === undefined || row.warehouseId === warehouseId);
}

/** The names under which nothing is held, each with the reason. Pure. */
export function unservedNames(
  names: readonly string[],
  rows: readonly StockReservation[],
  wanted: Wanted,
): ReservationFault[] {
  return names.flatMap((name, index) => {
    const own = rows.filter((row) => isNamed(row, name));
    return own.some((row) => isHeld(row, wanted)) ? [] : [{ index, ...reasonOf(name, own, wanted) }];
  });
}

function reasonOf(
  name: string,
  own: readonly StockReservation[],
  { at }: Wanted,
): Omit<ReservationFault, 'index'> {
  const code = 'ILLEGAL_STATE';
  if (own.some((row) => isHeld(row, { at }))) {
    const message = `What is put aside under "${name}" lies in another warehouse than the one that is sold from.`;
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
        message: `Nothing is put aside under "${name}".`,
      };
    case 'consumed':
      return {
        code,
        reason: 'RESERVATION_CONSUMED',
        message: `What was put aside under "${name}" has been sold.`,
      };
    case 'released':
      return {
        code,
        reason: 'RESERVATION_RELEASED',
        message: `What was put aside under "${name}" has been given back.`,
      };
    case 'active':
    case 'expired': {
      const end = last.expiresAt?.toISOString() ?? '';
      const message = `"${name}" was put aside until ${end}. Sell without naming it, as far as there is enough.`;
      return { code, reason: 'RESERVATION_EXPIRED', message };
    }
  }
}

/** @throws PosProError where there is any fault: 422 for names that mean nothing, else 409 ILLEGAL_STATE. */
export function refuseFaults(faults: readonly ReservationFault[]): void {
  const first = faults.find((fault) => fault.code === 'VALIDATION_FAILED') ?? faults[0];
  if (!first) return;
  const same = faults.filter((fault) => fault.code === first.code);
  throw new PosProError(first.code, same.map((fault) => fault.message).join(' '), {
    errors: same.map(({ index, message, reason }) => ({
      field: `reservations.${index}`,
      message,
      code: reason,
    })),
  });
}

/** What names hold for a sale, and what stands against them. */
export interface HeldStock {
  /** By variant; what a sale that names them can take beside what is available to all. */
  quantities: ReadonlyMap<string, Decimal>;
  faults: readonly ReservationFault[];
}

/** What a sale redeems that names no reservation. */
export const NOTHING_HELD: HeldStock = { quantities: new Map(), faults: [] };

/** What a sale out of a warehouse would redeem at a moment. One statement. */
export async function heldFor(
  db: Queryable,
  given: readonly string[],
  warehouseId: string,
  at: Date,
): Promise<HeldStock> {
  const names = given.map((name) => name.trim());
  const rows = await namedReservations(db, names);
  const held = groupBy(
    rows.filter((row) => isHeld(row, { at, warehouseId })),
    (row) => row.variantId,
  );
  const quantities = new Map(
    [...held].map(([variantId, own]) => [variantId, sum(own.map((row) => row.quantity))]),
  );
  return { quantities, faults: unservedNames(names, rows, { at, warehouseId }) };
}

/**
 * Sells what was put aside: what the names hold in the warehouse ends, and the goods leave in one and the same change of their
 * levels. What is held and not sold is given back; what is sold beyond it is sold like anything. One statement more than
 * moveStock, and none more where nothing is named.
 * @throws PosProError 409 ILLEGAL_STATE where nothing is held under a name any more, 422 for one that means nothing; as moveStock.
 */
export async function redeemHolds(
  tx: Transaction,
  ctx: RequestContext,
  given: readonly string[],
  { warehouseId, moves }: { warehouseId: string; moves: readonly StockMove[] },
): Promise<MovedStock[]> {
  if (given.length === 0) return moveStock(tx, ctx, moves);
  const names = given.map((name) => name.trim());
  const held = sql`${named(sql`d`, names)} and d.warehouse_id = ${warehouseId}::uuid
    and (d.expires_at is null or d.expires_at > ${tx.now}::timestamptz)`;
  const released = await endReservations(tx, soldOrReleased(moves), held);
  // Of what this very sale has ended, the rows would say that it has ended: only the other names are asked about.
  const unserved = new Set(names.filter((name) => !released.some((row) => isNamed(row, name))));
  if (unserved.size > 0) {
    const faults = unservedNames(names, await namedReservations(tx, names), { at: tx.now, warehouseId });
    refuseFaults(faults.filter(({ index }) => unserved.has(names[index]!)));
  }
  return moveStock(tx, ctx, moves, released);
}
