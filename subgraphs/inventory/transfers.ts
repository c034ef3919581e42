/** Moving goods from one warehouse to another. */
import type { ItemReference } from '../catalog';
import type { RequestContext } from '../../kernel/context';
import { sql, type Transaction } from '../../kernel/db/database';
import { transact } from '../../kernel/db/transact';
import { ZERO, type Decimal } from '../../kernel/decimal';
import { invalid, invalidFields } from '../../kernel/errors';
import { namesOfItems } from './adjustments';
import { quantityFaults, stockedItems, textFaults } from './items';
import { moveStock, type MovedStock, type StockMove } from './moves';
import { requireActiveWarehouses } from './warehouses';

export interface TransferItemInput extends ItemReference {
  quantity?: Decimal | null;
}

export interface TransferStockInput extends TransferItemInput {
  fromWarehouseId: string;
  toWarehouseId: string;
  /** Several items; for a single one, its reference and quantity may stand in the input itself. */
  items?: readonly TransferItemInput[] | null;
  note?: string | null;
}

/** What went over. */
export interface StockTransfer {
  id: string;
  fromWarehouseId: string;
  toWarehouseId: string;
  items: TransferredItem[];
  note: string | null;
  createdAt: Date;
}

export interface TransferredItem {
  variantId: string;
  productId: string;
  sku: string;
  quantity: Decimal;
  /** The average cost in the warehouse it left, at which it arrives; per unit, 6 places. */
  unitCost: Decimal;
  /** The levels after this line. */
  fromLevel: Decimal;
  toLevel: Decimal;
}

const MAX_ITEMS = 500;

/**
 * Moves goods in one step: they leave one warehouse and arrive in the other in the same transaction, at the average cost of the
 * one they leave, so that the value of all stock stays the same.
 *
 * @throws PosProError 409 INSUFFICIENT_STOCK naming every line, 404 for an unknown warehouse or product, 422 for bad values.
 */
export async function transferStock(ctx: RequestContext, input: TransferStockInput): Promise<StockTransfer> {
  const several = input.items != null;
  const wanted = input.items ?? [input];
  const path = (index: number) => (several ? `items.${index}.` : '');
  if (wanted.length < 1 || wanted.length > MAX_ITEMS) throw invalid('items', `A transfer has 1 to ${MAX_ITEMS} items.`);
  const faults = textFaults('note', input.note, 500);
  if (input.fromWarehouseId.toLowerCase() === input.toWarehouseId.toLowerCase()) {
    faults.push({ field: 'toWarehouseId', message: 'Goods are transferred to another warehouse.', code: 'INVALID' });
  }
  for (const [index, { quantity }] of wanted.entries()) {
    if (quantity?.greaterThan(0)) continue;
    faults.push({ field: `${path(index)}quantity`, message: 'The quantity is greater than zero.', code: 'INVALID' });
  }
  if (faults.length > 0) throw invalidFields(faults);
  const work = async (tx: Transaction): Promise<StockTransfer> => {
    const [from, to] = await endpoints(tx, input);
    const items = await stockedItems(tx, wanted, path);
    const wrong = items.flatMap((item, index) => quantityFaults(`${path(index)}quantity`, wanted[index]!.quantity!, item));
    if (wrong.length > 0) throw invalidFields(wrong);
    const costs = await lockBothEnds(tx, from, to, [...new Set(items.map((item) => item.variantId))]);
    const id = ctx.ids.next();
    const moves = items.flatMap((item, index): StockMove[] => {
      const quantity = wanted[index]!.quantity!;
      const common = { variantId: item.variantId, note: input.note, referenceType: 'transfer', referenceId: id };
      const line = several ? index : undefined;
      return [
        { ...common, line, warehouseId: from, quantity: quantity.negated(), kind: 'transfer_out' },
        { ...common, line, warehouseId: to, quantity, kind: 'transfer_in', unitCost: costs.get(item.variantId) ?? ZERO },
      ];
    });
    const moved = await moveStock(tx, ctx, moves, namesOfItems(items));
    const lines = items.map(({ variantId, productId, sku }, index) =>
      transferred({ variantId, productId, sku }, wanted[index]!.quantity!, moved[2 * index]!, moved[2 * index + 1]!),
    );
    return { id, fromWarehouseId: from, toWarehouseId: to, items: lines, note: input.note ?? null, createdAt: tx.now };
  };
  return transact(ctx, work, { idempotent: { operation: 'transferStock', input } });
}

async function endpoints(tx: Transaction, input: TransferStockInput): Promise<[from: string, to: string]> {
  await requireActiveWarehouses(tx, [input.fromWarehouseId, input.toWarehouseId]);
  return [input.fromWarehouseId.toLowerCase(), input.toWarehouseId.toLowerCase()];
}

/**
 * Locks the levels at both ends in the order that moveStock takes them, because goods that go in opposite directions at the same
 * time would otherwise wait for each other. Answers the average costs at the end that they leave.
 */
async function lockBothEnds(
  tx: Transaction,
  from: string,
  to: string,
  variantIds: readonly string[],
): Promise<Map<string, Decimal>> {
  const rows = await tx.many<{ variantId: string; warehouseId: string; averageCost: Decimal }>(sql`
    select variant_id, warehouse_id, average_cost from stock_levels
    where organization_id = ${tx.organizationId}::uuid and variant_id = any(${[...variantIds]}::uuid[])
      and warehouse_id in (${from}::uuid, ${to}::uuid)
    order by variant_id, warehouse_id for update`);
  return new Map(rows.filter((row) => row.warehouseId === from).map((row) => [row.variantId, row.averageCost]));
}

function transferred(
  names: Pick<TransferredItem, 'variantId' | 'productId' | 'sku'>,
  quantity: Decimal,
  left: MovedStock,
  arrived: MovedStock,
): TransferredItem {
  return { ...names, quantity, unitCost: left.unitCost, fromLevel: left.onHand, toLevel: arrived.onHand };
}
