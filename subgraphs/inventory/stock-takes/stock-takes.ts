/**
 * Stock takes: the levels of a warehouse are frozen, people count while the shop keeps selling, and the differences are posted.
 *
 * A line's difference is the counted minus the expected quantity at that moment: the frozen level plus the movements from the freeze
 * until the count. So goods sold between the count and the posting do not count as found again.
 */
import { variantsInCategories } from '#subgraphs/catalog/index';
import { userOf } from '#kernel/auth/access';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import type { PostStockTakeInput, QueryStockTakesArgs, StartStockTakeInput } from '../inputs.generated';
import { stockedItems, warehouseFor } from '../stock/stocked-items';
import type { StockMove, VariantIdentity } from '../model';
import { moveStock } from '../stock/move-stock';
import { stockTakeLines, stockTakes, type StockTakeRow } from '../tables.generated';
import { stockTakeChanged } from '../events';

export type StockTake = StockTakeRow;

export type StockTakeStatus = StockTake['status'];

const MAX_VARIANTS = 10_000;

/**
 * Freezes the levels that will be counted: all of the warehouse, or those of some categories and variants.
 * @throws PosProError 409 ALREADY_EXISTS if the warehouse is already being counted, 404, 422.
 */
export async function startStockTake(ctx: RequestContext, input: StartStockTakeInput): Promise<StockTake> {
  throwFieldErrors(textErrors('name', input.name, { max: 100 }));
  const work = async (tx: Transaction): Promise<StockTake> => {
    const id = ctx.ids.next();
    const warehouseId = await warehouseFor(tx, ctx, input.warehouseId);
    const chosen = await chosenVariants(ctx, tx, input);
    const given = input.name?.trim() ?? '';
    const name = given === '' ? tx.now.toISOString().slice(0, 10) : given;
    const take = await tx.one<StockTake>(sql`
      ${stockTakes.insert({
        ...{
          id,
          organizationId: tx.organizationId,
          warehouseId,
          name,
          status: 'counting',
          whole: chosen === undefined,
        },
        ...{ userId: userOf(ctx) ?? null, startedAt: tx.now, updatedAt: tx.now },
      })}
      returning ${stockTakes.columns}`);
    await (chosen ? freezeChosen(tx, take, chosen) : freezeAll(tx, take));
    return emitStockTakeChanged(tx, take);
  };
  return transact(ctx, work, { idempotent: { operation: 'startStockTake', input } }).catch(
    (error: unknown) => {
      if (!isUniqueViolation(error, 'stock_takes_one_open')) throw error;
      throw new PosProError(
        'ALREADY_EXISTS',
        'This warehouse is already being counted: post or cancel that stock take first.',
      );
    },
  );
}

async function chosenVariants(
  ctx: RequestContext,
  tx: Transaction,
  input: StartStockTakeInput,
): Promise<VariantIdentity[] | undefined> {
  if (input.categoryIds == null && input.variantIds == null) return undefined;
  const variantIds = input.variantIds ?? [];
  const inCategories = await variantsInCategories(tx, input.categoryIds ?? []);
  const references = variantIds.map((variantId) => ({ variantId }));
  const named =
    references.length === 0 ? [] : await stockedItems(ctx, tx, references, (index) => `variantIds.${index}.`);
  const chosen = new Map([...inCategories, ...named].map((one) => [one.variantId, one]));
  const field = input.categoryIds == null ? 'variantIds' : 'categoryIds';
  if (chosen.size === 0) throw invalid(field, 'The selection has no stocked goods.', 'EMPTY');
  if (chosen.size > MAX_VARIANTS) {
    throw invalid(
      field,
      `A selection has at most ${MAX_VARIANTS} variants; count the whole warehouse instead.`,
      'TOO_MANY',
    );
  }
  return [...chosen.values()];
}

/** The columns of a line as it is frozen. */
const FROZEN = stockTakeLines.omit('expected', 'counted');

/** One statement sees all levels at the same moment. */
async function freezeAll(tx: Transaction, take: StockTake): Promise<void> {
  await tx.run(sql`
    insert into stock_take_lines (${FROZEN.columns})
    select ${FROZEN.select('f')} from (
      select l.*, ${take.id}::uuid as stock_take_id, l.on_hand as frozen, l.average_cost as unit_cost from stock_levels l
      where l.organization_id = ${tx.organizationId}::uuid and l.warehouse_id = ${take.warehouseId}::uuid and l.on_hand <> 0
    ) f`);
}

/** The columns of a line whose level may not exist. */
const CHOSEN = FROZEN.omit('frozen', 'unitCost');

async function freezeChosen(
  tx: Transaction,
  take: StockTake,
  chosen: readonly VariantIdentity[],
): Promise<void> {
  const { id: stockTakeId, organizationId } = take;
  const lines = chosen.map((variant) => ({ ...variant, organizationId, stockTakeId }));
  await tx.run(sql`
    insert into stock_take_lines (${CHOSEN.columns}, frozen, unit_cost)
    select ${CHOSEN.values('x')}, coalesce(l.on_hand, 0), coalesce(l.average_cost, 0)
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as x(${CHOSEN.definitions})
    left join stock_levels l on l.organization_id = ${tx.organizationId}::uuid and l.variant_id = x."variantId"
      and l.warehouse_id = ${take.warehouseId}::uuid`);
}

/** A stock take that still goes on, locked. @throws PosProError 404, 409 ILLEGAL_STATE. */
export async function lockCounting(
  tx: Transaction,
  id: string,
  mode: 'share' | 'update',
): Promise<StockTake> {
  if (!isUuid(id)) throw notFound('stock take', id);
  const take = await tx.maybeOne<StockTake>(sql`
    select ${stockTakes.select('s')} from stock_takes s where s.id = ${id}::uuid ${mode === 'share' ? sql`for share` : sql`for update`}`);
  if (!take) throw notFound('stock take', id);
  if (take.status !== 'counting') {
    throw new PosProError('ILLEGAL_STATE', `The stock take is "${take.status}".`, {
      details: { status: take.status },
    });
  }
  return take;
}

/** Few enough for one statement. */
const LINES_A_STATEMENT = 500;

/**
 * Posts the differences: a count movement for each, all in one transaction. The goods that people counted are the truth, so a level
 * may fall below its reserved quantity.
 * @throws PosProError 404, 409 ILLEGAL_STATE.
 */
export async function postStockTake(
  ctx: RequestContext,
  id: string,
  input: PostStockTakeInput,
): Promise<StockTake> {
  const work = async (tx: Transaction): Promise<StockTake> => {
    const take = await lockCounting(tx, id, 'update');
    if (input.uncounted === 'zero') await countNothing(tx, take);
    const differences = await tx.many<VariantIdentity & { difference: Decimal }>(sql`
      select t.variant_id, t.product_id, t.sku, t.counted - t.expected as difference from stock_take_lines t
      where t.organization_id = ${tx.organizationId}::uuid and t.stock_take_id = ${take.id}::uuid and t.counted <> t.expected
      order by t.variant_id`);
    for (let start = 0; start < differences.length; start += LINES_A_STATEMENT) {
      const part = differences.slice(start, start + LINES_A_STATEMENT);
      await moveStock(
        tx,
        ctx,
        part.map((line) => countMove(take, line)),
      );
    }
    const data = { status: 'posted', postedAt: tx.now, postedBy: userOf(ctx) ?? null };
    const posted = await tx.prisma.stockTake.update({ where: { id: take.id }, data });
    return emitStockTakeChanged(tx, posted);
  };
  return transact(ctx, work, { idempotent: { operation: 'postStockTake', input: { id, ...input } } });
}

/**
 * Counts uncounted lines as zero. The levels of all lines are locked, in the order of all locks, so that no sale comes between.
 */
async function countNothing(tx: Transaction, take: StockTake): Promise<void> {
  await tx.run(sql`
    with level as materialized (
      select l.variant_id, l.on_hand from stock_levels l
      join stock_take_lines t on t.organization_id = l.organization_id and t.stock_take_id = ${take.id}::uuid
        and t.variant_id = l.variant_id
      where l.organization_id = ${tx.organizationId}::uuid and l.warehouse_id = ${take.warehouseId}::uuid
      order by l.variant_id for update of l
    )
    update stock_take_lines t set counted = 0, expected = level.on_hand from level
    where t.organization_id = ${tx.organizationId}::uuid and t.stock_take_id = ${take.id}::uuid and t.variant_id = level.variant_id
      and t.counted is null`);
}

function countMove(take: StockTake, line: VariantIdentity & { difference: Decimal }): StockMove {
  return {
    warehouseId: take.warehouseId,
    variantId: line.variantId,
    productId: line.productId,
    sku: line.sku,
    quantity: line.difference,
    kind: 'count',
    reason: 'stock_take',
    referenceType: 'stock_take',
    referenceId: take.id,
    allowNegative: true,
  };
}

/** Cancels a stock take; nothing is posted. @throws PosProError 404, 409 ILLEGAL_STATE. */
export async function cancelStockTake(ctx: RequestContext, id: string): Promise<StockTake> {
  return transact(ctx, async (tx) => {
    const take = await lockCounting(tx, id, 'update');
    const data = { status: 'cancelled', cancelledAt: tx.now };
    const cancelled = await tx.prisma.stockTake.update({ where: { id: take.id }, data });
    return emitStockTakeChanged(tx, cancelled);
  });
}

function emitStockTakeChanged(tx: Transaction, take: StockTake): StockTake {
  const { id, status, warehouseId } = take;
  tx.emit(stockTakeChanged({ key: id, payload: { id, status, warehouseId } }));
  return take;
}

/** Stock takes, the newest first. */
export function listStockTakes(ctx: RequestContext, filter: QueryStockTakesArgs): Promise<Page<StockTake>> {
  const where = sameId(sql`s.warehouse_id`, filter.warehouseId);
  if (filter.status != null) where.push(sql`s.status = ${filter.status}`);
  const sorts = { startedAt: sql`s.id`, name: sql`s.name` };
  const list = {
    select: stockTakes.select('s'),
    from: sql`stock_takes s`,
    where,
    sorts,
    updatedAt: sql`s.updated_at`,
    defaultSort: '-startedAt',
    id: sql`s.id`,
  };
  return listPage<StockTake>(ctx.db, list, filter);
}

/** One stock take. @throws PosProError 404. */
export async function stockTakeById(db: Queryable, id: string): Promise<StockTake> {
  const take = isUuid(id)
    ? await db.maybeOne<StockTake>(
        sql`select ${stockTakes.select('s')} from stock_takes s where s.id = ${id}::uuid`,
      )
    : undefined;
  if (!take) throw notFound('stock take', id);
  return take;
}
