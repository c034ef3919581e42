/**
 * Reservations by users and web shops: the cart of a web shop until it is paid, goods that a customer will collect. Each has a free
 * reference, such as a cart's id; a till sells the goods to a customer who names the reference (consume-reservations.ts).
 */
import { userOf } from '#kernel/auth/access';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ONE } from '#kernel/decimal';
import { invalid, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import type {
  ProlongReservationsInput,
  ReleaseReservationsInput,
  ReserveStockInput,
} from '../inputs.generated';
import { quantityErrors, stockedItems, warehouseFor } from '../stock/stocked-items';
import {
  HOLD,
  MAX_NAMES,
  isNamed,
  named,
  namedReservations,
  throwReservationErrors,
  unusableReservations,
} from './consume-reservations';
import { endReservations, freeLevels } from './end-reservations';
import { reserveStock, type StockReservation } from './reservations';
import { stockReservations } from '../tables.generated';
import { warehouseOfBranch } from '../warehouses/warehouses';

const MINUTE_MS = 60_000;
/** As long as a customer takes to pay. */
const DEFAULT_MINUTES = 30;
/** Thirty days: goods that are not collected by then are sold to others. */
const MAX_MINUTES = 43_200;
const MAX_ITEMS = 500;

/** The end of a hold: a moment, or minutes from now. */
type HoldExpiry = Pick<ProlongReservationsInput, 'expiresAt' | 'minutes'>;

/**
 * Reserves goods: all items or none. A reference may be used again; the new reservations are added.
 * @returns a reservation for each variant.
 * @throws PosProError 409 INSUFFICIENT_STOCK naming every line, ILLEGAL_STATE for a warehouse out of use; 404 for an unknown
 * product, warehouse or branch; 422 for bad values.
 */
export function reserveGoods(
  ctx: RequestContext,
  input: ReserveStockInput,
): Promise<{ items: StockReservation[] }> {
  const work = async (tx: Transaction) => {
    throwFieldErrors(inputErrors(input));
    const expiresAt = expiryOf(input, tx.now) ?? new Date(tx.now.getTime() + DEFAULT_MINUTES * MINUTE_MS);
    const warehouseId = await placeOf(tx, ctx, input);
    const items = await stockedItems(ctx, tx, input.items, (index) => `items.${index}.`);
    const lines = items.map(({ variantId, productId, sku }, line) => {
      return { warehouseId, variantId, productId, sku, line, quantity: input.items[line]!.quantity ?? ONE };
    });
    throwFieldErrors(
      lines.flatMap(({ quantity }, line) => quantityErrors(`items.${line}.quantity`, quantity, items[line]!)),
    );
    const about = {
      referenceType: HOLD,
      referenceId: input.reference.trim(),
      note: emptyToNull(input.note),
    };
    const hold = { ...about, userId: userOf(ctx) ?? null, expiresAt, lines };
    return { items: await reserveStock(tx, ctx, hold) };
  };
  return transact(ctx, work, { idempotent: { operation: 'reserveStock', input } });
}

function inputErrors({ reference, items, note }: ReserveStockInput): FieldError[] {
  if (items.length < 1 || items.length > MAX_ITEMS)
    throw invalid('items', `A reservation has 1 to ${MAX_ITEMS} items.`);
  const errors = [
    ...textErrors('reference', reference.trim(), { max: 100 }),
    ...textErrors('note', note, { max: 500 }),
  ];
  if (reference.trim() === '')
    errors.push({ field: 'reference', message: 'Name a reference.', code: 'REQUIRED' });
  for (const [index, { quantity }] of items.entries()) {
    if (quantity == null || quantity.greaterThan(0)) continue;
    errors.push({
      field: `items.${index}.quantity`,
      message: 'The quantity must be greater than zero.',
      code: 'INVALID',
    });
  }
  return errors;
}

/** @returns undefined if neither is given. @throws PosProError 422 for a moment that is past or too far away. */
function expiryOf({ expiresAt, minutes }: HoldExpiry, now: Date): Date | undefined {
  if (expiresAt != null && minutes != null) throw invalid('minutes', 'Send either "expiresAt" or "minutes".');
  if (minutes != null) {
    if (minutes >= 1 && minutes <= MAX_MINUTES) return new Date(now.getTime() + minutes * MINUTE_MS);
    throw invalid('minutes', `A reservation lasts 1 to ${MAX_MINUTES} minutes.`, 'OUT_OF_RANGE');
  }
  if (expiresAt == null) return undefined;
  const ahead = expiresAt.getTime() - now.getTime();
  if (ahead > 0 && ahead <= MAX_MINUTES * MINUTE_MS) return expiresAt;
  throw invalid('expiresAt', 'A reservation must end in the future, within 30 days.', 'OUT_OF_RANGE');
}

async function placeOf(
  tx: Transaction,
  ctx: RequestContext,
  { warehouseId, branchId }: ReserveStockInput,
): Promise<string> {
  if (branchId == null) return warehouseFor(tx, ctx, warehouseId);
  if (warehouseId != null) throw invalid('branchId', 'Send either "warehouseId" or "branchId".');
  if (!isUuid(branchId)) throw notFound('branch', branchId);
  return warehouseOfBranch(tx, branchId);
}

/**
 * Releases reservations.
 * @returns the reservations released now. Those that ended before do not change, so that a repeated request does no harm.
 * @throws PosProError 422 for a name under which nothing was ever reserved.
 */
export function releaseReservations(
  ctx: RequestContext,
  input: ReleaseReservationsInput,
): Promise<{ items: StockReservation[] }> {
  const work = async (tx: Transaction) => {
    const names = checkedNames(input);
    const ended = await endReservations(tx, 'released', named(sql`d`, names));
    await requireNames(tx, names, ended);
    await freeLevels(tx, ended, 'released');
    return { items: ended };
  };
  return transact(ctx, work, { idempotent: { operation: 'releaseReservations', input } });
}

async function requireNames(
  tx: Transaction,
  names: readonly string[],
  ended: readonly StockReservation[],
): Promise<void> {
  if (names.every((name) => ended.some((row) => isNamed(row, name)))) return;
  const known = await namedReservations(tx, names);
  const unknown = unusableReservations(names, known, { at: tx.now }).filter(
    (fault) => fault.reason === 'RESERVATION_NOT_FOUND',
  );
  throwReservationErrors(unknown);
}

/**
 * Prolongs reservations. A reservation that ends later anyway keeps its end.
 * @returns the prolonged reservations.
 * @throws PosProError 409 ILLEGAL_STATE if a name no longer has an active reservation; 422 for an unknown name or an invalid expiry.
 */
export function prolongReservations(
  ctx: RequestContext,
  input: ProlongReservationsInput,
): Promise<{ items: StockReservation[] }> {
  const work = async (tx: Transaction) => {
    const names = checkedNames(input);
    const until = expiryOf(input, tx.now);
    if (!until) throw invalid('expiresAt', 'Send the new end as "expiresAt" or "minutes".', 'REQUIRED');
    const items = await tx.many<StockReservation>(sql`
      with live as materialized (
        select d.id from stock_reservations d
        where d.organization_id = ${tx.organizationId}::uuid and d.status = 'active' and d.expires_at > ${tx.now}::timestamptz
          and ${named(sql`d`, names)}
        order by d.id for update
      )
      update stock_reservations r set expires_at = greatest(r.expires_at, ${until}::timestamptz) from live where r.id = live.id
      returning ${stockReservations.select('r')}`);
    if (!names.every((name) => items.some((row) => isNamed(row, name)))) {
      throwReservationErrors(unusableReservations(names, await namedReservations(tx, names), { at: tx.now }));
    }
    return { items };
  };
  return transact(ctx, work, { idempotent: { operation: 'prolongReservations', input } });
}

function checkedNames({ reservations }: ReleaseReservationsInput): readonly string[] {
  if (reservations.length < 1 || reservations.length > MAX_NAMES) {
    throw invalid('reservations', `Name 1 to ${MAX_NAMES} reservations.`);
  }
  return reservations.map((name) => name.trim());
}
