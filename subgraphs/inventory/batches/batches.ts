/** Batches of levels: moveStock keeps them up for goods that have batches, and lists show them by date. */
import { sellingTerms } from '#subgraphs/auth/index';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { groupBy } from '#kernel/collections';
import { listPage, sameId, type Page } from '#kernel/paging';
import { serveFromBatches, type BatchOutcome, type BatchPart, type HeldBatch } from './batches.rules';
import type { QueryStockBatchesArgs } from '../inputs.generated';
import { levelKey, type LevelChange, type MoveLine } from '../model';
import type { ChangedLevel } from '../stock/level-changes';
import { insufficientStock, type Shortfall } from '../stock/insufficient-stock';
import {
  stockBatches,
  stockMovementBatches,
  type StockBatchRow,
  type StockMovementBatchRow,
} from '../tables.generated';

export type StockBatch = StockBatchRow;

interface ServedLevel {
  change: LevelChange;
  lines: MoveLine[];
  outcome: BatchOutcome;
}

/**
 * Brings the batches of the moved levels up to date. Reads and writes nothing if no batches are kept. The levels are locked by now,
 * and their batches with them.
 * @returns the batches of each movement, by the movement's id.
 * @throws PosProError 409 INSUFFICIENT_STOCK if all goods that are left have expired.
 */
export async function settleBatches(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  lines: readonly MoveLine[],
  changes: ReadonlyMap<string, LevelChange>,
  levels: ReadonlyMap<string, ChangedLevel>,
): Promise<ReadonlyMap<string, BatchPart[]>> {
  const concerned = lines.filter(
    ({ move }) => move.batch !== undefined || levels.get(levelKey(move))!.batched,
  );
  if (concerned.length === 0) return new Map();
  const keys = new Set(concerned.map(({ move }) => levelKey(move)));
  const byLevel = groupBy(
    lines.filter(({ move }) => keys.has(levelKey(move))),
    ({ move }) => levelKey(move),
  );
  const held = groupBy(
    await batchesOf(
      tx,
      [...keys].map((key) => changes.get(key)!),
    ),
    levelKey,
  );
  const days = await daysOf(
    tx,
    [...keys].map((key) => levels.get(key)!),
    byLevel,
  );
  const served = [...byLevel].map(([key, own]): ServedLevel => {
    const change = changes.get(key)!;
    const level = levels.get(key)!;
    const before = level.batched
      ? (held.get(key) ?? [])
      : openingBatch(level.onHand.minus(change.delta), ctx);
    const wanted = own.map(({ move }) => ({
      quantity: move.quantity,
      batch: move.batch,
      sold: move.kind === 'sale',
      negative: change.negative || level.onHand.lessThan(0),
    }));
    const today = days.get(level.branchId ?? '') ?? '';
    return { change, lines: own, outcome: serveFromBatches(before, wanted, today, () => ctx.ids.next()) };
  });
  refuseExpired(tx, served);
  await writeBatches(tx, served);
  return new Map(
    served.flatMap(({ lines: own, outcome }) => own.map((line, at) => [line.movementId, outcome.parts[at]!])),
  );
}

/** Stock that predates the first batch belongs to an unknown batch. */
function openingBatch(quantity: Decimal, ctx: Pick<RequestContext, 'ids'>): HeldBatch[] {
  return quantity.isZero() ? [] : [{ id: ctx.ids.next(), batchNumber: null, expiresOn: null, quantity }];
}

/** The columns of a HeldBatch and its level. */
const HELD = stockBatches.pick('id', 'variantId', 'warehouseId', 'batchNumber', 'expiresOn', 'quantity');

function batchesOf(
  tx: Transaction,
  changes: readonly LevelChange[],
): Promise<(HeldBatch & { variantId: string; warehouseId: string })[]> {
  return tx.many(sql`
    select ${HELD.select('b')}
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as t("warehouseId" uuid, "variantId" uuid)
    join stock_batches b on b.organization_id = ${tx.organizationId}::uuid and b.variant_id = t."variantId"
      and b.warehouse_id = t."warehouseId" and b.quantity <> 0`);
}

/** The day in the time zone of each branch that sells from the levels. Without a sale, no day matters. */
async function daysOf(
  tx: Transaction,
  levels: readonly ChangedLevel[],
  lines: ReadonlyMap<string, readonly MoveLine[]>,
): Promise<Map<string, string>> {
  const days = new Map<string, string>();
  for (const level of levels) {
    const sold = lines.get(levelKey(level))!.some(({ move }) => move.kind === 'sale');
    if (!sold || days.has(level.branchId ?? '')) continue;
    days.set(level.branchId ?? '', await sellingDay(tx, level.branchId, tx.now));
  }
  return days;
}

/** The day of a moment in a branch's time zone, "YYYY-MM-DD"; in UTC for a warehouse without a branch. */
export async function sellingDay(db: Queryable, branchId: string | null, at: Date): Promise<string> {
  const timeZone = branchId === null ? 'UTC' : (await sellingTerms(db, branchId)).timeZone;
  return businessDay(at, timeZone);
}

function refuseExpired(tx: Transaction, served: readonly ServedLevel[]): void {
  const shortfalls = served.flatMap(({ change, lines, outcome }) =>
    outcome.short.map(({ index, available, expired }): Shortfall => {
      const { move } = lines[index]!;
      return {
        line: move.line,
        variantId: change.variantId,
        sku: change.sku,
        requested: move.quantity.negated(),
        available,
        expired,
      };
    }),
  );
  if (shortfalls.length > 0) throw insufficientStock(tx, shortfalls);
}

/** Writes the batches, the batches of the movements, and that batches are kept from now on, in one statement. */
async function writeBatches(tx: Transaction, served: readonly ServedLevel[]): Promise<void> {
  const { organizationId, now } = tx;
  const batches = served.flatMap(({ change: { warehouseId, variantId, productId, sku }, outcome }) =>
    outcome.batches.map((batch): StockBatchRow => {
      return {
        ...batch,
        organizationId,
        warehouseId,
        variantId,
        productId,
        sku,
        createdAt: now,
        updatedAt: now,
      };
    }),
  );
  const parts = served.flatMap(({ lines, outcome }) =>
    lines.flatMap(({ movementId }, at) =>
      outcome.parts[at]!.map((part, line): StockMovementBatchRow => ({
        ...part,
        organizationId,
        movementId,
        line: line + 1,
      })),
    ),
  );
  await tx.run(sql`
    with kept as (
      insert into stock_batches as b (${stockBatches.columns})
      select ${stockBatches.values('x')} from jsonb_to_recordset(${JSON.stringify(batches)}::jsonb) as x(${stockBatches.definitions})
      on conflict (organization_id, variant_id, warehouse_id, batch_number, expires_on) do update
        set quantity = excluded.quantity, sku = excluded.sku, updated_at = excluded.updated_at
      where b.quantity <> excluded.quantity
    ), marked as (
      update stock_levels l set batched = true
      from (select distinct t."variantId", t."warehouseId" from jsonb_to_recordset(${JSON.stringify(served.map(({ change }) => change))}::jsonb)
        as t("variantId" uuid, "warehouseId" uuid)) t
      where l.organization_id = ${tx.organizationId}::uuid and l.variant_id = t."variantId" and l.warehouse_id = t."warehouseId"
        and not l.batched
    )
    insert into stock_movement_batches (${stockMovementBatches.columns})
    select ${stockMovementBatches.values('x')}
    from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb) as x(${stockMovementBatches.definitions})`);
}

/** When a batch `b` expires; after all others without a date. An index has this expression. */
export const EXPIRY = sql`coalesce(b.expires_on, 'infinity'::date)`;

/** Batches with stock: those that expire first come first, those without a date last. */
export function listBatches(ctx: RequestContext, filter: QueryStockBatchesArgs): Promise<Page<StockBatch>> {
  const where = [
    sql`b.quantity > 0`,
    ...sameId(sql`b.warehouse_id`, filter.warehouseId),
    ...sameId(sql`b.variant_id`, filter.variantId),
    ...sameId(sql`b.product_id`, filter.productId),
  ];
  if (filter.batchNumber != null) where.push(sql`b.batch_number = ${filter.batchNumber}`);
  if (filter.expiringBefore != null) where.push(sql`${EXPIRY} < ${filter.expiringBefore}::date`);
  return listPage<StockBatch>(
    ctx.db,
    {
      select: stockBatches.select('b'),
      from: sql`stock_batches b`,
      where,
      sorts: {
        expiresOn: EXPIRY,
        sku: sql`b.sku`,
        quantity: sql`b.quantity`,
      },
      updatedAt: sql`b.updated_at`,
      defaultSort: 'expiresOn',
      id: sql`b.id`,
    },
    filter,
  );
}
