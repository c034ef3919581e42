/** Opening stock: the goods that are on hand on the first day. */
import type { InitialStock, InitialStockRow, WarehouseError } from '#subgraphs/catalog/index';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { foldText } from '#kernel/fold-text.rules';
import { branchOf } from '#subgraphs/auth/index';
import type { StockMove, VariantIdentity } from '../model';
import { moveStock, type MovedStock } from './move-stock';
import { warehouseOfBranch } from '../warehouses/warehouses';

/** The opening stock of one variant. */
export interface OpeningRow extends VariantIdentity {
  /** Rows of zero are skipped. */
  quantity: Decimal;
  /** Per unit. Optional; defaults to the level's average, which is zero for a new level. */
  unitCost?: Decimal | null | undefined;
}

/** Few enough for one statement. */
const ROWS_A_STATEMENT = 500;

/** Posts opening stock of any number of variants as receipts, a statement for each 500. */
export async function openingStock(
  tx: Transaction,
  ctx: RequestContext,
  warehouseId: string,
  rows: readonly OpeningRow[],
): Promise<void> {
  await postOpening(
    tx,
    ctx,
    rows.map((row) => ({ ...row, warehouseId })),
  );
}

async function postOpening(tx: Transaction, ctx: RequestContext, rows: readonly PlacedRow[]): Promise<void> {
  const wanted = rows.filter((row) => !row.quantity.isZero());
  for (let start = 0; start < wanted.length; start += ROWS_A_STATEMENT) {
    await postPart(tx, ctx, wanted.slice(start, start + ROWS_A_STATEMENT));
  }
}

type PlacedRow = OpeningRow & { warehouseId: string };

function postPart(tx: Transaction, ctx: RequestContext, rows: readonly PlacedRow[]): Promise<MovedStock[]> {
  const moves = rows.map((row): StockMove => ({
    warehouseId: row.warehouseId,
    variantId: row.variantId,
    productId: row.productId,
    sku: row.sku,
    quantity: row.quantity,
    kind: 'receipt',
    unitCost: row.unitCost ?? undefined,
    reason: 'opening',
    referenceType: 'opening',
    referenceId: row.productId,
  }));
  return moveStock(tx, ctx, moves);
}

/**
 * Posts the initial stock of new products of the catalogue.
 * @throws PosProError 422 naming the field, for a warehouse that does not exist or is out of use.
 */
async function postInitial(
  tx: Transaction,
  ctx: RequestContext,
  rows: readonly InitialStockRow[],
): Promise<void> {
  const places = await placesOf(
    tx,
    ctx,
    rows.map(({ warehouse }) => warehouse),
  );
  const placed = rows.map((row, index) => {
    const place = places[index]!;
    if (typeof place !== 'string') throw invalid(fieldOf(row), place.message, place.code);
    return { ...row, warehouseId: place };
  });
  await postOpening(tx, ctx, placed);
}

/** Errors for warehouses that cannot receive stock. */
async function warehouseErrors(
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
): Promise<(WarehouseError | undefined)[]> {
  return (await placesOf(tx, ctx, warehouses)).map((place) =>
    typeof place === 'string' ? undefined : place,
  );
}

/** The id of each warehouse, or the error. An import's column may have an id, a code or a name. */
async function placesOf(
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
): Promise<(string | WarehouseError)[]> {
  const named = warehouses.some((text) => text !== null);
  const active = named
    ? await tx.many<NamedWarehouse>(sql`select id, code, name from warehouses where active order by id`)
    : [];
  const found = active.map(({ id, code, name }) => ({ id, code: foldText(code), name: foldText(name) }));
  // The same for all rows without a warehouse, so it is looked up once, and only if it is needed.
  const own = warehouses.includes(null) ? await ownWarehouse(tx, ctx) : undefined;
  return warehouses.map((warehouse) => {
    if (warehouse === null) return own!;
    const text = foldText(warehouse);
    const match = (['id', 'code', 'name'] as const)
      .map((field) => found.find((one) => one[field] === text))
      .find(Boolean);
    return match?.id ?? { message: `There is no warehouse "${warehouse}".`, code: 'NOT_FOUND' };
  });
}

interface NamedWarehouse {
  id: string;
  code: string;
  name: string;
}

async function ownWarehouse(tx: Transaction, ctx: RequestContext): Promise<string | WarehouseError> {
  try {
    return await warehouseOfBranch(tx, branchOf(ctx));
  } catch (error) {
    // Of this caller's two possible errors, only a missing branch can be fixed in the row's own field.
    if (!(error instanceof PosProError) || error.code !== 'VALIDATION_FAILED') throw error;
    return { message: 'Name a warehouse: you do not belong to a branch.', code: 'REQUIRED' };
  }
}

function fieldOf(row: InitialStockRow): string {
  return row.path === '' ? 'warehouse' : `${row.path}.warehouseId`;
}

/** Posts the initial stock of the catalogue's new products. */
export const initialStock: InitialStock = { post: postInitial, check: warehouseErrors };
