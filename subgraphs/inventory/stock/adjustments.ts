/** Changes of stock that people make by hand: adjustments with a reason, goods that arrive, and the points at which to reorder. */
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import type { BatchName } from '../batches/batches.rules';
import type { AdjustStockInput, RecordStockMovementInput, SetReorderPointInput } from '../inputs.generated';
import { costErrors, quantityErrors, stockedItems, warehouseFor, type StockedItem } from './stocked-items';
import type { MovementKind, StockMove, VariantIdentity } from '../model';
import { proposeLevel } from './level-changes';
import { levelOf, type StockLevel } from './stock-levels.queries';
import { movementsById, type StockMovement } from './stock-movements.queries';
import { moveStock } from './move-stock';
import { stockLevels } from '../tables.generated';

/**
 * Adjusts a level: by a difference (an adjustment), or to a counted quantity (a count, which is recorded even without a difference).
 *
 * @throws PosProError 409 INSUFFICIENT_STOCK, 404 for an unknown product or warehouse, 422 for bad values.
 */
export async function adjustStock(ctx: RequestContext, input: AdjustStockInput): Promise<StockMovement> {
  const counted = input.counted ?? input.newQuantity;
  if ((counted == null) === (input.quantity == null)) {
    throw invalid(
      'quantity',
      'Send either the difference as quantity, or the counted quantity as counted.',
      'REQUIRED',
    );
  }
  if (input.quantity?.isZero()) throw invalid('quantity', 'The quantity must not be zero.');
  if (counted?.lessThan(0))
    throw invalid(input.counted == null ? 'newQuantity' : 'counted', 'A count cannot be negative.');
  return postByHand(ctx, 'adjustStock', input, async (tx, item, warehouseId) => {
    const field = input.quantity != null ? 'quantity' : input.counted != null ? 'counted' : 'newQuantity';
    throwFieldErrors(quantityErrors(field, input.quantity ?? counted!, item));
    const quantity = input.quantity ?? counted!.minus(await lockedLevel(tx, item.variantId, warehouseId));
    return {
      kind: counted == null ? 'adjustment' : 'count',
      quantity,
      reason: input.reason ?? 'correction',
      referenceType: counted == null ? 'adjustment' : 'count',
    };
  });
}

/** The level, locked, so that posting the count does not undo a sale made in between. */
async function lockedLevel(tx: Transaction, variantId: string, warehouseId: string): Promise<Decimal> {
  const row = await tx.maybeOne<{ onHand: Decimal }>(sql`
    select on_hand from stock_levels
    where organization_id = ${tx.organizationId}::uuid and variant_id = ${variantId}::uuid and warehouse_id = ${warehouseId}::uuid
    for update`);
  return row?.onHand ?? ZERO;
}

/** Kinds that may be recorded directly; sales, transfers and counts have their own operations. */
export type RecordableKind = Extract<MovementKind, 'receipt' | 'return' | 'adjustment'>;
const RECORDABLE: ReadonlySet<MovementKind> = new Set<RecordableKind>(['receipt', 'return', 'adjustment']);

/**
 * Records goods that arrived, were returned or were adjusted.
 * @throws PosProError 422 for a kind that has its own operation or a wrong sign, 404, 409 INSUFFICIENT_STOCK.
 */
export async function recordStockMovement(
  ctx: RequestContext,
  input: RecordStockMovementInput,
): Promise<StockMovement> {
  if (!RECORDABLE.has(input.kind)) {
    throw invalid(
      'kind',
      `A ${input.kind} has its own operation: checkout, transferStock or adjustStock.`,
      'NOT_RECORDABLE',
    );
  }
  const wrongSign = input.kind === 'adjustment' ? input.quantity.isZero() : !input.quantity.greaterThan(0);
  if (wrongSign) {
    throw invalid(
      'quantity',
      input.kind === 'adjustment'
        ? 'The quantity must not be zero.'
        : `The quantity of a ${input.kind} must be greater than zero.`,
    );
  }
  throwFieldErrors([
    ...textErrors('reason', input.reason, { max: 100 }),
    ...textErrors('referenceType', input.referenceType, { max: 50 }),
    ...textErrors('referenceId', input.referenceId, { max: 100 }),
  ]);
  return postByHand(ctx, 'recordStockMovement', input, (_tx, item) => {
    throwFieldErrors(quantityErrors('quantity', input.quantity, item));
    const { kind, quantity, reason, referenceType, referenceId } = input;
    return Promise.resolve({
      kind,
      quantity,
      reason,
      referenceType: referenceType ?? kind,
      referenceId: referenceId ?? undefined,
    });
  });
}

/** The part of a move on which the two operations above differ. */
type MoveDraft = Pick<StockMove, 'kind' | 'quantity' | 'reason' | 'referenceType'> & {
  referenceId?: string | undefined;
};

/** Fields that both inputs have. */
type MoveByHand = Omit<AdjustStockInput, 'quantity' | 'counted' | 'newQuantity' | 'reason'>;

function batchOf({ batchNumber, expiresOn }: MoveByHand): BatchName | undefined {
  const number = emptyToNull(batchNumber);
  return number === null && expiresOn == null
    ? undefined
    : { batchNumber: number, expiresOn: expiresOn ?? null };
}

function postByHand(
  ctx: RequestContext,
  operation: string,
  input: MoveByHand,
  draft: (tx: Transaction, item: StockedItem, warehouseId: string) => Promise<MoveDraft>,
): Promise<StockMovement> {
  throwFieldErrors([
    ...costErrors('unitCost', input.unitCost),
    ...textErrors('note', input.note, { max: 500 }),
    ...textErrors('batchNumber', input.batchNumber, { max: 50 }),
  ]);
  const work = async (tx: Transaction): Promise<StockMovement> => {
    const warehouseId = await warehouseFor(tx, ctx, input.warehouseId);
    const item = (await stockedItems(ctx, tx, [input], () => ''))[0]!;
    const { variantId, productId, sku } = item;
    const move = await draft(tx, item, warehouseId);
    const [moved] = await moveStock(tx, ctx, [
      {
        ...move,
        ...{ warehouseId, variantId, productId, sku },
        unitCost: input.unitCost ?? undefined,
        note: input.note,
        batch: batchOf(input),
        referenceId: move.referenceId ?? ctx.ids.next(),
      },
    ]);
    return (await movementsById(tx, [moved!.movementId]))[0]!;
  };
  return transact(ctx, work, { idempotent: { operation, input } });
}

/** Sets the reorder point of an item in a warehouse. @throws PosProError 404, 422. */
export async function setReorderPoint(ctx: RequestContext, input: SetReorderPointInput): Promise<StockLevel> {
  const reorderPoint = input.reorderPoint ?? null;
  if (reorderPoint?.lessThan(0)) throw invalid('reorderPoint', 'The reorder point must be zero or more.');
  return transact(ctx, async (tx) => {
    const warehouseId = await warehouseFor(tx, ctx, input.warehouseId);
    const item = (await stockedItems(ctx, tx, [input], () => ''))[0]!;
    if (reorderPoint) throwFieldErrors(quantityErrors('reorderPoint', reorderPoint, item));
    await setReorderPoints(tx, warehouseId, [{ ...item, reorderPoint }]);
    return (await levelOf(tx, item.variantId, warehouseId, tx.now))!;
  });
}

/** Sets the reorder points of many variants in one warehouse, in one statement. */
export async function setReorderPoints(
  tx: Transaction,
  warehouseId: string,
  rows: readonly (VariantIdentity & { reorderPoint: Decimal | null })[],
): Promise<void> {
  const levels = rows.map(({ variantId, productId, sku, reorderPoint }) => {
    return proposeLevel(tx, { warehouseId, variantId, productId, sku, reorderPoint });
  });
  await tx.run(sql`
    insert into stock_levels (${stockLevels.columns})
    select ${stockLevels.values('x')} from jsonb_to_recordset(${JSON.stringify(levels)}::jsonb) as x(${stockLevels.definitions})
    order by x."variantId"
    on conflict (organization_id, variant_id, warehouse_id) do update set reorder_point = excluded.reorder_point`);
}
