/**
 * The stock that a product starts with must be posted in the very transaction that creates the product, or a crash between the
 * two would leave goods on the shelf that no ledger knows. But inventory stands after the catalogue and may not be imported
 * here. So the catalogue offers this one place, in which inventory puts its function when its module is loaded.
 */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invariant } from '#kernel/errors';

/** What a new variant starts with in one warehouse. */
export interface InitialStockRow {
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  /** The warehouse's id; or, in an import, its name or code. Null means the selling warehouse of the caller's branch. */
  readonly warehouse: string | null;
  /** Zero or more, 3 places at most. */
  readonly quantity: Decimal;
  /** What one piece cost, where the product has a cost. */
  readonly unitCost: Decimal | null;
  /** Where it stands in the caller's input, for messages: "initialStock.0" or, in an import, "". */
  readonly path: string;
}

/**
 * Posts the rows inside the given transaction.
 * @throws PosProError 422 naming `${path}.warehouseId` (or `warehouse`) for a warehouse that does not exist.
 */
export type InitialStockHandler = (
  tx: Transaction,
  ctx: RequestContext,
  rows: readonly InitialStockRow[],
) => Promise<void>;

/** Why nothing can be posted in a warehouse. */
export interface WarehouseFault {
  readonly message: string;
  readonly code: string;
}

/**
 * Tells what stands against each of these warehouses, named as in InitialStockRow, in their order; undefined where nothing does.
 * An import asks beforehand, so that a row can say all that is wrong with it.
 */
export type WarehouseCheck = (
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
) => Promise<(WarehouseFault | undefined)[]>;

let posting: InitialStockHandler | undefined;
let checking: WarehouseCheck | undefined;

/** Called by inventory, once, when its module is loaded. */
export function registerInitialStock(handler: InitialStockHandler, check: WarehouseCheck): void {
  posting = handler;
  checking = check;
}

/** The warehouses among these in which nothing can be posted, each with the reason. No statement where none is named. */
export async function missingWarehouses(
  tx: Transaction,
  ctx: RequestContext,
  warehouses: readonly (string | null)[],
): Promise<ReadonlyMap<string | null, WarehouseFault>> {
  const named = [...new Set(warehouses)];
  if (named.length === 0) return new Map();
  invariant(checking, 'initial stock was given, but inventory has not registered its function');
  const faults = await checking(tx, ctx, named);
  return new Map(named.flatMap((name, index) => (faults[index] ? [[name, faults[index]]] : [])));
}

/** Posts the stock that new variants start with; rows of zero are left out. */
export async function postInitialStock(
  tx: Transaction,
  ctx: RequestContext,
  rows: readonly InitialStockRow[],
): Promise<void> {
  const posted = rows.filter((row) => !row.quantity.isZero());
  if (posted.length === 0) return;
  invariant(posting, 'initial stock was given, but inventory has not registered its function');
  await posting(tx, ctx, posted);
}
