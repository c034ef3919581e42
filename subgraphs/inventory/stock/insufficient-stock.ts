/** The answer to a basket that the shelves cannot serve. */
import { sql, type Transaction } from '#kernel/db/database';
import { type Decimal, formatDecimal } from '#kernel/decimal';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import type { LevelChange, StockMove } from '../model';

interface Shortage {
  warehouseId: string;
  variantId: string;
  /** Null where the warehouse itself is unknown. */
  known: boolean;
  /** With what the call itself has reserved. */
  available: Decimal;
}

/**
 * Throws for levels that moveStock could not change. Their rows are locked by now, so what is read here is what refused them.
 * @throws PosProError 409 INSUFFICIENT_STOCK; 404 where a warehouse is not there.
 */
export async function refuseShortage(
  tx: Transaction,
  moves: readonly Pick<StockMove, 'warehouseId' | 'variantId' | 'quantity' | 'line'>[],
  refused: readonly (Pick<LevelChange, 'warehouseId' | 'variantId' | 'sku' | 'delta'> & {
    released?: Decimal;
  })[],
): Promise<never> {
  const rows = await tx.many<Shortage>(sql`
    select t."warehouseId" as warehouse_id, t."variantId" as variant_id, w.id is not null as known,
      greatest(coalesce(l.on_hand - l.reserved + coalesce(t.released, 0), 0), 0) as available
    from jsonb_to_recordset(${JSON.stringify(refused)}::jsonb) as t("warehouseId" uuid, "variantId" uuid, released numeric)
    left join warehouses w on w.organization_id = ${tx.organizationId}::uuid and w.id = t."warehouseId"
    left join stock_levels l on l.organization_id = ${tx.organizationId}::uuid
      and l.variant_id = t."variantId" and l.warehouse_id = t."warehouseId"`);
  const foreign = rows.find((row) => !row.known);
  if (foreign) throw notFound('warehouse', foreign.warehouseId);
  const shortfalls: Shortfall[] = [];
  for (const [index, move] of moves.entries()) {
    const change = refused.find(
      ({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId,
    );
    if (!change || !move.quantity.isNegative()) continue;
    const row = rows.find(
      ({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId,
    )!;
    // Several lines of one item are short together, so each says what all of them ask for.
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

/** A line that asks for more than there is. */
export interface Shortfall {
  /** The line of the caller's input; undefined where the input has none. */
  readonly line: number | undefined;
  /** Where it stands among what is refused, which names it where the input has no lines; 0 where left out. */
  readonly position?: number;
  readonly variantId: string;
  readonly sku: string;
  readonly requested: Decimal;
  readonly available: Decimal;
  /** Whether more is there that is past its date. */
  readonly expired?: boolean;
}

/** Who may learn how much is there: those who may read stock, and those who sell from it. */
const READERS_OF_STOCK = ['inventory:read', 'pos:sell'];

/** The error 409 INSUFFICIENT_STOCK. It tells how much is available only to callers who may read stock or sell from it. */
export function insufficientStock(
  tx: Pick<Transaction, 'mayAccess'>,
  shortfalls: readonly Shortfall[],
): PosProError {
  const told = tx.mayAccess(READERS_OF_STOCK);
  const errors: FieldError[] = [];
  const items: Record<string, unknown>[] = [];
  for (const { line, position = 0, variantId, sku, requested, available, expired } of shortfalls) {
    const field = line === undefined ? 'quantity' : `items.${line}.quantity`;
    const why = expired ? ', the rest is past its date' : '';
    const rest = told ? `${formatDecimal(available)} are available${why}` : 'fewer are available';
    const message = `${formatDecimal(requested)} of ${sku} were asked for, ${rest}.`;
    errors.push({ field, message, code: 'INSUFFICIENT_STOCK' });
    items.push({
      line: line ?? position,
      variantId,
      sku,
      requested: formatDecimal(requested),
      ...(told && { available: formatDecimal(available), ...(expired && { expired: true }) }),
    });
  }
  const sentences = new Set(errors.map(({ message }) => message));
  return new PosProError('INSUFFICIENT_STOCK', [...sentences].join(' '), { errors, facts: { items } });
}
