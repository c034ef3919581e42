/** The answer to a basket that the shelves cannot serve. */
import { sql, type Transaction } from '../../kernel/db/database';
import { type Decimal, formatDecimal } from '../../kernel/decimal';
import { PosProError, notFound, type FieldError } from '../../kernel/errors';
import type { LevelChange, StockMove } from './moves';

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
  refused: readonly (Pick<LevelChange, 'warehouseId' | 'variantId' | 'sku' | 'delta'> & { released?: Decimal })[],
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
  const items: { line: number; variantId: string; sku: string; requested: string; available: string }[] = [];
  const errors: FieldError[] = [];
  const sentences = new Set<string>();
  for (const [index, move] of moves.entries()) {
    const change = refused.find(({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId);
    if (!change || !move.quantity.isNegative()) continue;
    const row = rows.find(({ variantId, warehouseId }) => variantId === move.variantId && warehouseId === move.warehouseId)!;
    const line = move.line ?? index;
    const available = formatDecimal(row.available);
    // Several lines of one item are short together, so each says what all of them ask for.
    const requested = formatDecimal(change.delta.negated());
    const message = `${requested} of ${change.sku} were asked for, ${available} are available.`;
    sentences.add(message);
    items.push({ line, variantId: move.variantId, sku: change.sku, requested, available });
    const field = move.line === undefined ? 'quantity' : `items.${line}.quantity`;
    errors.push({ field, message, code: 'INSUFFICIENT_STOCK' });
  }
  throw new PosProError('INSUFFICIENT_STOCK', [...sentences].join(' '), { errors, facts: { items } });
}
