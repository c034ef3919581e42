/**
 * The initial stock of new products. It is posted in the transaction that creates the product: after a crash between two
 * transactions, goods would be on the shelf that are not in the ledger. But the catalogue may not import inventory. So the list of
 * the subgraphs hands inventory's implementation of `InitialStock` to the catalogue's subgraph, whose resolvers pass it on.
 */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** The initial stock of a new variant in one warehouse. */
export interface InitialStockRow {
  readonly productId: string;
  readonly variantId: string;
  readonly sku: string;
  /** The warehouse's id; or, in an import, its name or code. Null means the selling warehouse of the caller's branch. */
  readonly warehouse: string | null;
  /** Zero or more, 3 places at most. */
  readonly quantity: Decimal;
  /** Cost of one unit; null for a product without a cost. */
  readonly unitCost: Decimal | null;
  /** Path in the caller's input, for errors: "initialStock.0" or, in an import, "". */
  readonly path: string;
}

/** The error of a warehouse in which nothing can be posted. */
export interface WarehouseError {
  readonly message: string;
  readonly code: string;
}

/** Inventory's part in creating products. */
export interface InitialStock {
  /**
   * Posts the rows inside the given transaction.
   * @throws PosProError 422 naming `${path}.warehouseId` (or `warehouse`) for a warehouse that does not exist.
   */
  post(tx: Transaction, ctx: RequestContext, rows: readonly InitialStockRow[]): Promise<void>;
  /**
   * The error of each warehouse in which nothing can be posted; undefined for the others. The warehouses are named as in
   * InitialStockRow, and the errors are in their order. An import checks beforehand, so that a row names all its errors at once.
   */
  check(
    tx: Transaction,
    ctx: RequestContext,
    warehouses: readonly (string | null)[],
  ): Promise<(WarehouseError | undefined)[]>;
}

/** The warehouses in which nothing can be posted, with their errors. No statement if no warehouse is named. */
export async function missingWarehouses(
  tx: Transaction,
  ctx: RequestContext,
  stock: InitialStock,
  warehouses: readonly (string | null)[],
): Promise<ReadonlyMap<string | null, WarehouseError>> {
  const named = [...new Set(warehouses)];
  if (named.length === 0) return new Map();
  const errors = await stock.check(tx, ctx, named);
  return new Map(named.flatMap((name, index) => (errors[index] ? [[name, errors[index]]] : [])));
}

/** Posts the initial stock of new variants; rows of zero are ignored. */
export async function postInitialStock(
  tx: Transaction,
  ctx: RequestContext,
  stock: InitialStock,
  rows: readonly InitialStockRow[],
): Promise<void> {
  const nonZeroRows = rows.filter((row) => !row.quantity.isZero());
  if (nonZeroRows.length > 0) await stock.post(tx, ctx, nonZeroRows);
}
