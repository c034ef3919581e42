/**
 * The initial stock of new products. It is posted in the transaction that creates the product: a crash between the two would leave
 * goods on the shelf that no ledger knows. But inventory stands after the catalogue and may not be imported here. So the list of the
 * subgraphs hands inventory's implementation of `InitialStock` to the catalogue's subgraph, whose resolvers pass it on.
 */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

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

/** Why nothing can be posted in a warehouse. */
export interface WarehouseFault {
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
   * InitialStockRow, and the errors are in their order. An import asks beforehand, so that a row names all its errors at once.
   */
  check(
    tx: Transaction,
    ctx: RequestContext,
    warehouses: readonly (string | null)[],
  ): Promise<(WarehouseFault | undefined)[]>;
}

/** The warehouses among these in which nothing can be posted, each with the reason. No statement where none is named. */
export async function missingWarehouses(
  tx: Transaction,
  ctx: RequestContext,
  stock: InitialStock,
  warehouses: readonly (string | null)[],
): Promise<ReadonlyMap<string | null, WarehouseFault>> {
  const named = [...new Set(warehouses)];
  if (named.length === 0) return new Map();
  const faults = await stock.check(tx, ctx, named);
  return new Map(named.flatMap((name, index) => (faults[index] ? [[name, faults[index]]] : [])));
}

/** Posts the stock that new variants start with; rows of zero are left out. */
export async function postInitialStock(
  tx: Transaction,
  ctx: RequestContext,
  stock: InitialStock,
  rows: readonly InitialStockRow[],
): Promise<void> {
  const posted = rows.filter((row) => !row.quantity.isZero());
  if (posted.length > 0) await stock.post(tx, ctx, posted);
}
