/** Opening stock: what lies on the shelves on the first day. */
import type { InitialStock, InitialStockRow, WarehouseFault } from '#subgraphs/catalog/index';
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
  /** Greater than zero; rows of zero are passed over. */
  quantity: Decimal;
  /** Per unit; left out, the goods come in at the level's average, which is zero for a new one. */
  unitCost?: Decimal | null | undefined;
}

/** As many as one statement takes with ease. */
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
 * Posts what the catalogue says new products start with.
 * @throws PosProError 422 naming the field, for a warehouse that is not there or out of use.
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

/** What stands against posting in these warehouses. */
async function warehouseFaults(
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
): Promise<(WarehouseFault | undefined)[]> {
  return (await placesOf(tx, ctx, warehouses)).map((place) =>
    typeof place === 'string' ? undefined : place,
  );
}

/** The id of each warehouse, or why it cannot be had. An import's column may hold an id, a code or a name. */
async function placesOf(
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
): Promise<(string | WarehouseFault)[]> {
  const named = warehouses.some((text) => text !== null);
  const active = named
    ? await tx.many<NamedWarehouse>(sql`select id, code, name from warehouses where active order by id`)
    : [];
  const found = active.map(({ id, code, name }) => ({ id, code: foldText(code), name: foldText(name) }));
  // The same for all that name none, so it is looked up once, and only where it is needed.
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

async function ownWarehouse(tx: Transaction, ctx: RequestContext): Promise<string | WarehouseFault> {
  try {
    return await warehouseOfBranch(tx, branchOf(ctx));
  } catch (error) {
    // Of this caller's two possible faults, no branch at all is the one that the row's own field can mend.
    if (!(error instanceof PosProError) || error.code !== 'VALIDATION_FAILED') throw error;
    return { message: 'Name a warehouse: you are bound to no branch.', code: 'REQUIRED' };
  }
}

function fieldOf(row: InitialStockRow): string {
  return row.path === '' ? 'warehouse' : `${row.path}.warehouseId`;
}

/** Posts the initial stock of the catalogue's new products. */
export const initialStock: InitialStock = { post: postInitial, check: warehouseFaults };
