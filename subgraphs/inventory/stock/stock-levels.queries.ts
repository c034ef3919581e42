/** Reads stock levels. */
import { systemClock } from '#kernel/clock';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { type Decimal, ZERO, sum } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { lessExpired } from '../batches/expired-batches';
import { stockLevels, type StockLevelRow } from '../tables.generated';

/** Quantities in the variant's unit. `available` is on hand minus reserved minus expired (expired-batches.ts). */
export interface StockFigures {
  onHand: Decimal;
  reserved: Decimal;
  available: Decimal;
}

/** Columns that are not read, because only the next movement needs them. */
const LEDGER_KEYS = ['receivedQuantity', 'receivedValue', 'belowZero', 'movementCount'] as const;
const READ = stockLevels.omit(...LEDGER_KEYS);

/** A row of `stock_levels`, with values derived from it. */
export interface StockLevel extends StockFigures, Omit<StockLevelRow, (typeof LEDGER_KEYS)[number]> {
  /** The ids of the warehouse and the variant, which together identify a level. */
  id: string;
  /** The warehouse's branch. */
  branchId: string | null;
  /** Whether the branch sells from this warehouse. */
  isSelling: boolean;
}

/** The quantities of a branch, and the levels of all branches. */
export interface StockView extends StockFigures {
  levels: StockLevel[];
}

/** A level's id in lists: one text with both ids. */
export const LEVEL_ID = sql`(l.warehouse_id::text || ':' || l.variant_id::text)`;

/**
 * The columns of a StockLevel; `l` is stock_levels, `w` its warehouse.
 * @param available Optional; by default expired stock is still included and must be subtracted (expired-batches.ts).
 */
export const levelColumns = (available: Sql = sql`l.on_hand - l.reserved`): Sql =>
  sql`${LEVEL_ID} as id, ${READ.select('l')}, w.branch_id, w.is_selling, ${available} as available`;

/** Levels with their warehouses. */
export const LEVEL_TABLES = sql`stock_levels l join warehouses w on w.organization_id = l.organization_id and w.id = l.warehouse_id`;

/**
 * The quantities that a branch can sell, by variant; a variant that was never there is missing in the result. One statement, and two
 * more if batches are kept. Each level is looked up by its key, and the ids are a list in JSON: so PostgreSQL keeps its plan. For an
 * array it makes a new one at each call, which takes longer than the rest.
 * @param own quantities reserved for the caller, by variant: to the caller they are available.
 */
export async function levelsOf(
  db: Queryable,
  variantIds: readonly string[],
  branchId: string,
  at = systemClock.now(),
  own: ReadonlyMap<string, Decimal> = new Map(),
): Promise<Map<string, StockFigures>> {
  const ids = [...new Set(variantIds)].filter(isUuid);
  const rows = await db.many<
    StockFigures & Pick<StockLevel, 'variantId' | 'warehouseId' | 'branchId' | 'batched'>
  >(sql`
    select l.warehouse_id, l.variant_id, w.branch_id, l.batched, l.on_hand, l.reserved, l.on_hand - l.reserved as available
    from warehouses w
    cross join jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as wanted (id)
    cross join lateral (
      select * from stock_levels l
      where l.organization_id = w.organization_id and l.warehouse_id = w.id and l.variant_id = wanted.id::uuid limit 1
    ) l
    where w.branch_id = ${branchId}::uuid and w.is_selling`);
  const seen = rows.map((row) => {
    const mine = own.get(row.variantId) ?? ZERO;
    return { ...row, reserved: row.reserved.minus(mine), available: row.available.plus(mine) };
  });
  const levels = await lessExpired(db, seen, at);
  return new Map(
    levels.map(({ variantId, onHand, reserved, available }) => [variantId, { onHand, reserved, available }]),
  );
}

/** All levels of some variants in warehouses that are in use. As many statements as levelsOf. */
export async function levelsByVariant(
  db: Queryable,
  variantIds: readonly string[],
  at = systemClock.now(),
): Promise<StockLevel[]> {
  const rows = await db.many<StockLevel>(sql`
    select ${levelColumns()} from ${LEVEL_TABLES}
    where l.variant_id = any(${variantIds.filter(isUuid)}::uuid[]) and w.active order by w.name, l.variant_id`);
  return lessExpired(db, rows, at);
}

/** All levels of some products in warehouses that are in use. As many statements as levelsOf. */
export async function levelsByProduct(
  db: Queryable,
  productIds: readonly string[],
  at = systemClock.now(),
): Promise<StockLevel[]> {
  const rows = await db.many<StockLevel>(sql`
    select ${levelColumns()} from ${LEVEL_TABLES}
    where l.product_id = any(${productIds.filter(isUuid)}::uuid[]) and w.active order by l.sku, w.name, l.variant_id`);
  return lessExpired(db, rows, at);
}

/** Levels by their ids; unknown ones are missing. As many statements as levelsOf. */
export async function levelsById(db: Queryable, ids: readonly string[], at: Date): Promise<StockLevel[]> {
  const keys = ids.map((id) => id.split(':')).filter((parts) => parts.length === 2 && parts.every(isUuid));
  const [warehouseIds, variantIds] = [0, 1].map((index) => keys.map((parts) => parts[index]!));
  const rows = await db.many<StockLevel>(sql`
    select ${levelColumns()} from unnest(${warehouseIds}::uuid[], ${variantIds}::uuid[]) as k (warehouse_id, variant_id)
    join ${LEVEL_TABLES} on l.warehouse_id = k.warehouse_id and l.variant_id = k.variant_id`);
  return lessExpired(db, rows, at);
}

/** One level; undefined if the variant was never there. */
export async function levelOf(
  db: Queryable,
  variantId: string,
  warehouseId: string,
  at: Date,
): Promise<StockLevel | undefined> {
  const rows = await db.many<StockLevel>(sql`
    select ${levelColumns()} from ${LEVEL_TABLES} where l.variant_id = ${variantId}::uuid and l.warehouse_id = ${warehouseId}::uuid`);
  return (await lessExpired(db, rows, at))[0];
}

/** The sums of some levels. */
export function figuresOf(levels: readonly StockLevel[]): StockFigures {
  const onHand = sum(levels.map((level) => level.onHand));
  const reserved = sum(levels.map((level) => level.reserved));
  return { onHand, reserved, available: sum(levels.map((level) => level.available)) };
}

/** The levels a branch sells from; all of them where no branch is meant. */
export function sellingLevels(
  levels: readonly StockLevel[],
  branchId: string | null | undefined,
): StockLevel[] {
  return levels.filter((level) => branchId == null || (level.isSelling && level.branchId === branchId));
}
