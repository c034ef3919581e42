/** The error for lines that ask for more stock than is available. */
import { sql, type Transaction } from '#kernel/db/database';
import { type Decimal, formatDecimal } from '#kernel/decimal';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import type { LevelChange, StockMove } from '../model';

interface Shortage {
  warehouseId: string;
  variantId: string;
  /** Whether the warehouse exists. */
  known: boolean;
  /** Includes the quantity that the call itself has reserved. */
  available: Decimal;
}

/**
 * Throws for levels that moveStock could not change. Their rows are locked by now, so this reads the quantities that rejected them.
 * @throws PosProError 409 INSUFFICIENT_STOCK; 404 for an unknown warehouse.
 */
export async function throwInsufficientStock(
  tx: Transaction,
  moves: readonly Pick<StockMove, 'warehouseId' | 'variantId' | 'quantity' | 'line'>[],
  rejectedChanges: readonly (Pick<LevelChange, 'warehouseId' | 'variantId' | 'sku' | 'delta'> & {
    released?: Decimal;
  })[],
): Promise<never> {
  const rows = await tx.many<Shortage>(sql`
    select t."warehouseId" as warehouse_id, t."variantId" as variant_id, w.id is not null as known,
      greatest(coalesce(l.on_hand - l.reserved + coalesce(t.released, 0), 0), 0) as available
    from jsonb_to_recordset(${JSON.stringify(rejectedChanges)}::jsonb) as t("warehouseId" uuid, "variantId" uuid, released numeric)
    left join warehouses w on w.organization_id = ${tx.organizationId}::uuid and w.id = t."warehouseId"
    left join stock_levels l on l.organization_id = ${tx.organizationId}::uuid
      and l.variant_id = t."variantId" and l.warehouse_id = t."warehouseId"`);
  const foreign = rows.find((row) => !row.known);
  if (foreign) throw notFound('warehouse', foreign.warehouseId);
  const shortfalls: Shortfall[] = [];
  for (const [index, move] of moves.entries()) {
    const change = rejectedChanges.find(
      ({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId,
    );
    if (!change || !move.quantity.isNegative()) continue;
    const row = rows.find(
      ({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId,
    )!;
    // Several lines of one item are short together, so each has the quantity of all of them.
    shortfalls.push({
      line: move.line,
      position: index,
      variantId: move.variantId,
      sku: change.sku,
      requested: change.delta.negated(),
      available: row.available,
    });
  }
  throw insufficientStock(tx, shortfalls);
}

/** A line that asks for more than is available. */
export interface Shortfall {
  /** Index of the line in the caller's input; undefined for an input without lines. */
  readonly line: number | undefined;
  /** Index among the moves, which identifies the line if the input has none. Defaults to 0. */
  readonly position?: number;
  readonly variantId: string;
  readonly sku: string;
  readonly requested: Decimal;
  readonly available: Decimal;
  /** Whether more is on hand that has expired. */
  readonly expired?: boolean;
}

/** Permissions to learn the available quantity: to read stock, and to sell it. */
const READERS_OF_STOCK = ['inventory:read', 'pos:sell'];

/** The error 409 INSUFFICIENT_STOCK. It has the available quantity only for callers who may read stock or sell it. */
export function insufficientStock(
  tx: Pick<Transaction, 'mayAccess'>,
  shortfalls: readonly Shortfall[],
): PosProError {
  const maySeeQuantity = tx.mayAccess(READERS_OF_STOCK);
  const errors: FieldError[] = [];
  const items: Record<string, unknown>[] = [];
  for (const { line, position = 0, variantId, sku, requested, available, expired } of shortfalls) {
    const field = line === undefined ? 'quantity' : `items.${line}.quantity`;
    const why = expired ? '; the rest has expired' : '';
    const rest = maySeeQuantity ? `only ${formatDecimal(available)} available${why}` : 'fewer available';
    const message = `${sku}: ${formatDecimal(requested)} requested, ${rest}.`;
    errors.push({ field, message, code: 'INSUFFICIENT_STOCK' });
    items.push({
      line: line ?? position,
      variantId,
      sku,
      requested: formatDecimal(requested),
      ...(maySeeQuantity && { available: formatDecimal(available), ...(expired && { expired: true }) }),
    });
  }
  const sentences = new Set(errors.map(({ message }) => message));
  return new PosProError('INSUFFICIENT_STOCK', [...sentences].join(' '), { errors, details: { items } });
}
