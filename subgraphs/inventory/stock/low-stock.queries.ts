/** Low stock, out of stock, and the stock check of a till. */
import { resolveItems, variantsOfProducts } from '#subgraphs/catalog/index';
import { ownBranch } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { empty, sql, type Sql } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import { availableColumn } from '../batches/expired-batches';
import type { QueryLowStockArgs, QueryOutOfStockArgs } from '../inputs.generated';
import { unknownItem } from './stocked-items';
import {
  LEVEL_ID,
  LEVEL_TABLES,
  figuresOf,
  levelColumns,
  levelsByProduct,
  sellingLevels,
  type StockFigures,
  type StockLevel,
} from './stock-levels.queries';

/**
 * Levels at or below their reorder point, the emptiest first.
 * @param filter.threshold the reorder point of levels that have none; without a threshold those levels are not listed.
 */
export async function listLowStock(
  ctx: RequestContext,
  filter: QueryLowStockArgs,
): Promise<Page<StockLevel>> {
  if (filter.threshold?.lessThan(0)) throw invalid('threshold', 'The threshold must be zero or more.');
  const threshold = filter.threshold?.toFixed() ?? null;
  return watch(
    ctx,
    filter,
    (available) => sql`${available} <= coalesce(l.reorder_point, ${threshold}::numeric)`,
  );
}

/** Levels with nothing available to sell. */
export function listOutOfStock(ctx: RequestContext, filter: QueryOutOfStockArgs): Promise<Page<StockLevel>> {
  return watch(ctx, filter, (available) => sql`${available} <= 0`);
}

async function watch(
  ctx: RequestContext,
  filter: QueryOutOfStockArgs,
  condition: (available: Sql) => Sql,
): Promise<Page<StockLevel>> {
  const available = await availableColumn(ctx.db, ctx.clock.now());
  return listPage<StockLevel>(
    ctx.db,
    {
      select: levelColumns(available),
      from: LEVEL_TABLES,
      where: [sql`w.active`, condition(available), ...placeConditions(ctx, filter)],
      sorts: { available, sku: sql`l.sku` },
      updatedAt: sql`l.updated_at`,
      defaultSort: 'available',
      id: LEVEL_ID,
    },
    filter,
  );
}

function placeConditions(ctx: RequestContext, filter: QueryOutOfStockArgs): Sql[] {
  const own = ownBranch(ctx.actor);
  const branchId = filter.branchId ?? (filter.everywhere || filter.warehouseId != null ? undefined : own);
  return [...sameId(sql`w.branch_id`, branchId), ...sameId(sql`w.id`, filter.warehouseId)];
}

/** Where a product is in stock. */
export interface StockCheck extends StockFigures {
  productId: string;
  /** The branch of `onHand`, `reserved` and `available`; null means all. */
  branchId: string | null;
  /** Whether stock is tracked; false for goods and services sold without stock. */
  tracked: boolean;
  /** Quantity available in all warehouses together. */
  availableEverywhere: Decimal;
  /** Levels per variant and warehouse of the branch. */
  here: StockLevel[];
  /** Levels per variant and warehouse of the other branches. */
  elsewhere: StockLevel[];
}

/**
 * The stock of a product in the branch and elsewhere. Variants that were never there have zeros in the warehouses that the branch
 * sells from. Four statements, at the same time.
 * @throws PosProError 404 PRODUCT_NOT_FOUND.
 */
export async function checkStock(
  ctx: RequestContext,
  productId: string,
  branchId?: string | null,
): Promise<StockCheck> {
  if (!isUuid(productId) || ctx.actor.kind === 'anonymous') throw unknownItem('productId');
  const branch = branchId ?? ownBranch(ctx.actor) ?? null;
  const [[sellable], known, variants, warehouses] = await Promise.all([
    resolveItems(ctx, ctx.db, [{ productId }], branch ?? ''),
    levelsByProduct(ctx.db, [productId], ctx.clock.now()),
    variantsOfProducts(ctx.db, [productId]),
    sellingWarehouses(ctx, branch),
  ]);
  const own = variants.get(productId.toLowerCase()) ?? [];
  const levels = sellable?.trackStock ? [...known, ...emptyLevels(own, warehouses, known)] : known;
  // A product that is no longer sold still gets an answer while any of it is on hand.
  if (!sellable && known.length === 0) throw unknownItem('productId');
  const here = levels.filter((level) => branch === null || level.branchId === branch);
  return {
    productId: productId.toLowerCase(),
    branchId: branch,
    tracked: sellable?.trackStock ?? true,
    ...figuresOf(sellingLevels(levels, branch)),
    availableEverywhere: sum(levels.map((level) => (level.available.lessThan(0) ? ZERO : level.available))),
    here,
    elsewhere: levels.filter((level) => !here.includes(level)),
  };
}

/** The warehouses that a branch sells from; null means all branches. */
function sellingWarehouses(ctx: RequestContext, branchId: string | null): Promise<Warehouse[]> {
  if (branchId !== null && !isUuid(branchId)) return Promise.resolve([]);
  const own = branchId === null ? empty : sql`and w.branch_id = ${branchId}::uuid`;
  return ctx.db.many<Warehouse>(sql`
    select w.id, w.organization_id, w.branch_id, w.created_at from warehouses w where w.is_selling and w.active ${own}
    order by w.name, w.id`);
}

type Warehouse = Pick<StockLevel, 'id' | 'organizationId' | 'branchId'> & { createdAt: Date };

function emptyLevels(
  variants: readonly { id: string; productId: string; sku: string; createdAt: Date }[],
  warehouses: readonly Warehouse[],
  known: readonly StockLevel[],
): StockLevel[] {
  const there = new Set(known.map((level) => level.id));
  const zeros = {
    onHand: ZERO,
    reserved: ZERO,
    available: ZERO,
    averageCost: ZERO,
    reorderPoint: null,
    batched: false,
  };
  return variants.flatMap(({ id: variantId, productId, sku, createdAt }) =>
    warehouses.flatMap(({ id: warehouseId, organizationId, branchId }): StockLevel[] => {
      const id = `${warehouseId}:${variantId}`;
      if (there.has(id)) return [];
      return [
        {
          id,
          organizationId,
          warehouseId,
          branchId,
          isSelling: true,
          variantId,
          productId,
          sku,
          ...zeros,
          updatedAt: createdAt,
        },
      ];
    }),
  );
}
