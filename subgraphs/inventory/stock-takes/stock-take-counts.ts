/** Reports counts of a stock take, and lists its lines. */
import { userOf } from '#kernel/auth/access';
import { throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { invalid, type FieldError } from '#kernel/errors';
import { listPage, type Page } from '#kernel/paging';
import type { CountStockInput, QueryStockTakeLinesArgs } from '../inputs.generated';
import { quantityErrors, stockedItems, type StockedItem } from '../stock/stocked-items';
import { lockCounting, stockTakeById, type StockTake } from './stock-takes';
import {
  stockTakeCounts,
  stockTakeLines,
  type StockTakeCountRow,
  type StockTakeLineRow,
} from '../tables.generated';

export type CountMode = StockTakeCountRow['mode'];

/** The columns of a line that are read unchanged. */
const READ = stockTakeLines.omit('organizationId', 'stockTakeId', 'expected');

/** One line of a stock take. */
export interface StockTakeLine extends Omit<StockTakeLineRow, 'organizationId' | 'stockTakeId' | 'expected'> {
  /** The stock take and the variant, which name a line together. */
  id: string;
  /** Sum of the movements from the freeze until the count, or until now for an uncounted line. */
  movedSince: Decimal;
  /** The frozen level plus the movements since. */
  expected: Decimal;
  /** Counted minus expected quantity; null for an uncounted line. */
  difference: Decimal | null;
  /** Value of the difference, not rounded. */
  differenceValue: Decimal | null;
}

const MAX_ITEMS = 500;
const EXPECTED = sql`coalesce(t.expected, l.on_hand, t.frozen)`;
const LINE_ID = sql`(t.stock_take_id::text || ':' || t.variant_id::text)`;
const LINE_COLUMNS = sql`${LINE_ID} as id, ${READ.select('t')}, ${EXPECTED} - t.frozen as moved_since,
  ${EXPECTED} as expected, t.counted - t.expected as difference, (t.counted - t.expected) * t.unit_cost as difference_value`;
const LINE_TABLES = sql`stock_take_lines t
  join stock_takes s on s.organization_id = t.organization_id and s.id = t.stock_take_id
  left join stock_levels l on l.organization_id = t.organization_id and l.variant_id = t.variant_id and l.warehouse_id = s.warehouse_id`;

/**
 * Records counted quantities. Several people may count the same item at the same time: their counts are added up.
 * @returns the counted lines, in the order of their first mention.
 * @throws PosProError 404, 409 ILLEGAL_STATE for a stock take that has ended, 422 NOT_IN_STOCK_TAKE for goods outside its selection.
 */
export async function countStock(
  ctx: RequestContext,
  id: string,
  input: CountStockInput,
): Promise<StockTakeLine[]> {
  const { length } = input.items;
  if (length < 1 || length > MAX_ITEMS) throw invalid('items', `A report has 1 to ${MAX_ITEMS} items.`);
  const work = async (tx: Transaction): Promise<StockTakeLine[]> => {
    const take = await lockCounting(tx, id, 'share');
    const path = (index: number) => `items.${index}.`;
    const items = await stockedItems(ctx, tx, input.items, path);
    throwFieldErrors(
      items.flatMap((item, index) =>
        itemErrors(`${path(index)}quantity`, input.items[index]!.quantity, item),
      ),
    );
    if (!take.whole) throwFieldErrors(await outsideErrors(tx, take, items));
    const mode = input.mode ?? 'add';
    const groups = groupBy(
      items.map((item, index) => ({ item, quantity: input.items[index]!.quantity })),
      ({ item }) => item.variantId,
    );
    const counts = [...groups.values()].map((group) => ({
      ...group[0]!.item,
      id: ctx.ids.next(),
      quantity: mode === 'add' ? sum(group.map((each) => each.quantity)) : group.at(-1)!.quantity,
    }));
    await writeCounts(tx, userOf(ctx), take, mode, counts);
    return linesOf(tx, take.id, [...groups.keys()]);
  };
  return transact(ctx, work, { idempotent: { operation: 'countStock', input: { id, ...input } } });
}

function itemErrors(field: string, quantity: Decimal, item: StockedItem): FieldError[] {
  if (quantity.lessThan(0)) return [{ field, message: 'A count cannot be negative.', code: 'INVALID' }];
  return quantityErrors(field, quantity, item);
}

async function outsideErrors(
  tx: Transaction,
  take: StockTake,
  items: readonly StockedItem[],
): Promise<FieldError[]> {
  const rows = await tx.many<{ variantId: string }>(sql`
    select variant_id from stock_take_lines
    where organization_id = ${tx.organizationId}::uuid and stock_take_id = ${take.id}::uuid
      and variant_id = any(${items.map((item) => item.variantId)}::uuid[])`);
  const inside = new Set(rows.map((row) => row.variantId));
  return items.flatMap(({ variantId, sku }, index) => {
    const message = `${sku} is not part of this stock take.`;
    return inside.has(variantId)
      ? []
      : [{ field: `items.${index}.productId`, message, code: 'NOT_IN_STOCK_TAKE' }];
  });
}

/** The columns of a counted line that the caller knows; the others come from the level. */
const NEW_LINE = stockTakeLines.omit('unitCost', 'expected');

/** The columns of a count that the caller knows; the sum after it comes from its line. */
const REPORT = stockTakeCounts.omit('countedAfter');

/** An item without a line at the freeze gets its own line; its frozen level is zero. */
async function writeCounts(
  tx: Transaction,
  userId: string | undefined,
  take: StockTake,
  mode: CountMode,
  counts: readonly (StockedItem & { id: string; quantity: Decimal })[],
): Promise<void> {
  const { id: stockTakeId, organizationId } = take;
  const lines = counts.map(({ variantId, productId, sku, quantity }) => {
    return { organizationId, stockTakeId, variantId, productId, sku, frozen: ZERO, counted: quantity };
  });
  const reports = counts.map(({ id, variantId, quantity }) => {
    return {
      id,
      organizationId,
      stockTakeId,
      variantId,
      mode,
      quantity,
      userId: userId ?? null,
      createdAt: tx.now,
    };
  });
  await tx.run(sql`
    with line as (
      insert into stock_take_lines as t (${NEW_LINE.columns}, unit_cost, expected)
      select ${NEW_LINE.values('x')}, coalesce(l.average_cost, 0), coalesce(l.on_hand, 0)
      from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as x(${NEW_LINE.definitions})
      left join stock_levels l on l.organization_id = ${tx.organizationId}::uuid and l.variant_id = x."variantId"
        and l.warehouse_id = ${take.warehouseId}::uuid
      order by x."variantId"
      on conflict (organization_id, stock_take_id, variant_id) do update set
        expected = excluded.expected,
        counted = case when ${mode} = 'add' then coalesce(t.counted, 0) + excluded.counted else excluded.counted end
      returning t.variant_id, t.counted
    )
    insert into stock_take_counts (${REPORT.columns}, counted_after)
    select ${REPORT.values('c')}, line.counted
    from jsonb_to_recordset(${JSON.stringify(reports)}::jsonb) as c(${REPORT.definitions})
    join line on line.variant_id = c."variantId"`);
}

async function linesOf(
  db: Queryable,
  takeId: string,
  variantIds: readonly string[],
): Promise<StockTakeLine[]> {
  const rows = await db.many<StockTakeLine>(sql`
    select ${LINE_COLUMNS} from ${LINE_TABLES}
    where t.stock_take_id = ${takeId}::uuid and t.variant_id = any(${[...variantIds]}::uuid[])`);
  const found = new Map(rows.map((row) => [row.variantId, row]));
  return variantIds.map((id) => found.get(id)!);
}

/** State of a line of a stock take. */
export type LineState = 'counted' | 'uncounted' | 'different';

const STATES: Readonly<Record<LineState, Sql>> = {
  counted: sql`t.counted is not null`,
  uncounted: sql`t.counted is null`,
  different: sql`t.counted <> t.expected`,
};

/** The lines of a stock take. @throws PosProError 404. */
export async function listStockTakeLines(
  ctx: RequestContext,
  args: QueryStockTakeLinesArgs,
): Promise<Page<StockTakeLine>> {
  const take = await stockTakeById(ctx.db, args.stockTakeId);
  const where = [
    sql`t.organization_id = ${take.organizationId}::uuid`,
    sql`t.stock_take_id = ${take.id}::uuid`,
  ];
  if (args.state != null) where.push(STATES[args.state]);
  const sorts = {
    sku: sql`t.sku`,
    difference: sql`coalesce(t.counted - t.expected, 0)`,
    differenceValue: sql`coalesce((t.counted - t.expected) * t.unit_cost, 0)`,
  };
  const list = { select: LINE_COLUMNS, from: LINE_TABLES, where, sorts, defaultSort: 'sku', id: LINE_ID };
  return listPage<StockTakeLine>(ctx.db, list, args);
}

/** Totals of the lines of a stock take. */
export interface StockTakeTotals {
  id: string;
  lines: number;
  counted: number;
  differences: number;
  /** Value of surplus minus missing goods, not rounded. */
  differenceValue: Decimal;
}

/** The totals of some stock takes; one statement. */
export function totalsOf(db: Queryable, ids: readonly string[]): Promise<StockTakeTotals[]> {
  return db.many<StockTakeTotals>(sql`
    select t.stock_take_id as id, count(*) as lines, count(t.counted) as counted,
      count(*) filter (where t.counted <> t.expected) as differences,
      coalesce(sum((t.counted - t.expected) * t.unit_cost), 0) as difference_value
    from stock_take_lines t where t.stock_take_id = any(${[...ids]}::uuid[]) group by t.stock_take_id`);
}
