/** Finds the stocked variant of an item reference, and checks quantities and costs. */
import { resolveItems, type ItemReference } from '#subgraphs/catalog/index';
import { ownBranch } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { Decimal, formatDecimal } from '#kernel/decimal';
import { PosProError, invalid, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { QUANTITY_PLACES } from '#kernel/money';
import { COST_PLACES } from './costing.rules';
import type { VariantIdentity } from '../model';
import { requireActiveWarehouses, warehouseOfBranch } from '../warehouses/warehouses';

/** The stocked variant of a reference. */
export interface StockedItem extends VariantIdentity {
  /** Decimal places that a quantity may have: 0 for pieces. */
  quantityPlaces: number;
}

/** More than any warehouse holds, and far less than the columns can. */
const MAX_QUANTITY = new Decimal(1_000_000_000);
const MAX_COST = new Decimal(1_000_000_000);

/**
 * The stocked items of references, in the same order; one statement, and a second one for items that are no longer sold.
 * @param path the field of a reference in the caller's input: "items.0." or "" for the input itself.
 * @throws PosProError 422 for an empty reference or goods without stock, 404 PRODUCT_NOT_FOUND for an unknown item.
 */
export async function stockedItems(
  ctx: RequestContext,
  tx: Transaction,
  references: readonly ItemReference[],
  path: (index: number) => string,
): Promise<StockedItem[]> {
  references.forEach((reference, index) => requireReference(reference, path(index)));
  const found = await resolveItems(ctx, tx, references, '');
  const items: StockedItem[] = [];
  for (const [index, reference] of references.entries()) {
    const sellable = found[index];
    if (sellable?.contradiction) {
      throw invalid(
        `${path(index)}${sellable.contradiction}`,
        `The item is ${sellable.sku}, but this field names another one. Name the item once.`,
        'REFERENCES_DIFFER',
      );
    }
    if (sellable && !sellable.trackStock) {
      throw invalid(
        `${path(index)}${fieldOf(reference)}`,
        `${sellable.sku} is sold without stock.`,
        'NOT_STOCKED',
      );
    }
    const item = sellable ?? (await itemWithLevels(tx, reference));
    if (!item) throw unknownItem(`${path(index)}${fieldOf(reference)}`);
    items.push(item);
  }
  return items;
}

/** Goods that are no longer sold may still be on hand, and a user has to write them off. */
async function itemWithLevels(db: Queryable, reference: ItemReference): Promise<StockedItem | undefined> {
  const { variantId, productId, sku } = reference;
  const ids = [variantId, productId].filter((id) => id != null);
  if (ids.some((id) => !isUuid(id)) || (ids.length === 0 && !sku)) return undefined;
  const rows = await db.many<Omit<StockedItem, 'quantityPlaces'>>(sql`
    select distinct l.variant_id, l.product_id, l.sku from stock_levels l
    where ${variantId ? sql`l.variant_id = ${variantId}::uuid` : productId ? sql`l.product_id = ${productId}::uuid` : sql`l.sku = ${sku}`}`);
  // For a product with several variants the reference is ambiguous.
  return rows.length === 1 ? { ...rows[0]!, quantityPlaces: QUANTITY_PLACES } : undefined;
}

function requireReference(reference: ItemReference, path: string): void {
  if (reference.variantId || reference.productId || reference.barcode || reference.sku) return;
  throw invalid(`${path}productId`, 'Name the item by productId, variantId, sku or barcode.', 'REQUIRED');
}

function fieldOf(reference: ItemReference): string {
  return (
    (['variantId', 'productId', 'barcode', 'sku'] as const).find((field) => reference[field]) ?? 'productId'
  );
}

/** A 404 for an item that the catalogue does not have; the same for an item of another organization. */
export function unknownItem(field: string): PosProError {
  const message = 'Product not found.';
  return new PosProError('PRODUCT_NOT_FOUND', message, {
    errors: [{ field, message, code: 'PRODUCT_NOT_FOUND' }],
  });
}

/**
 * The named warehouse, or else the selling warehouse of the caller's branch.
 * @throws PosProError 404, 409 ILLEGAL_STATE for a warehouse out of use, 422 for a caller who names none and has no branch.
 */
export async function warehouseFor(
  tx: Transaction,
  ctx: RequestContext,
  warehouseId: string | null | undefined,
): Promise<string> {
  if (warehouseId != null) {
    if (!isUuid(warehouseId)) throw notFound('warehouse', warehouseId);
    return [...(await requireActiveWarehouses(tx, [warehouseId])).keys()][0]!;
  }
  const branchId = ownBranch(ctx.actor);
  if (branchId === undefined)
    throw invalid('warehouseId', 'Name a warehouse: you do not belong to a branch.', 'REQUIRED');
  return warehouseOfBranch(tx, branchId);
}

/** Field errors of a quantity of an item. */
export function quantityErrors(
  field: string,
  quantity: Decimal,
  item: Pick<StockedItem, 'sku' | 'quantityPlaces'>,
): FieldError[] {
  if (quantity.abs().greaterThan(MAX_QUANTITY)) {
    return [
      {
        field,
        message: `The quantity must be at most ${formatDecimal(MAX_QUANTITY)}.`,
        code: 'OUT_OF_RANGE',
      },
    ];
  }
  const places = Math.min(item.quantityPlaces, QUANTITY_PLACES);
  if (quantity.decimalPlaces() <= places) return [];
  const message =
    places === 0
      ? `${item.sku} is counted in whole pieces.`
      : `A quantity of ${item.sku} has at most ${places} decimal places.`;
  return [{ field, message, code: 'TOO_PRECISE' }];
}

/** Field errors of a cost per unit. */
export function costErrors(field: string, unitCost: Decimal | null | undefined): FieldError[] {
  if (unitCost == null) return [];
  const fits =
    !unitCost.lessThan(0) && !unitCost.greaterThan(MAX_COST) && unitCost.decimalPlaces() <= COST_PLACES;
  if (fits) return [];
  return [
    {
      field,
      message: `A cost must be from 0 to ${formatDecimal(MAX_COST)}, with at most ${COST_PLACES} decimal places.`,
      code: 'OUT_OF_RANGE',
    },
  ];
}
