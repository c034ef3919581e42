/**
 * Expired stock is on hand but not available. Whether a day is over depends on the branch's time zone, so expired stock is subtracted
 * when levels are read; events have on hand minus reserved.
 */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { Decimal, ZERO } from '#kernel/decimal';
import { EXPIRY, sellingDay } from './batches';
import { levelKey } from '../model';

const DAY_MS = 24 * 3_600_000;

interface ReadLevel {
  readonly warehouseId: string;
  readonly variantId: string;
  readonly branchId: string | null;
  readonly batched: boolean;
  readonly onHand: Decimal;
  readonly reserved: Decimal;
  readonly available: Decimal;
}

/** Subtracts expired stock from what is available. Makes no query if no batches are kept. */
export async function lessExpired<Level extends ReadLevel>(
  db: Queryable,
  levels: readonly Level[],
  at: Date,
): Promise<Level[]> {
  const batched = levels.filter((level) => level.batched);
  if (batched.length === 0) return [...levels];
  const days = await daysOf(db, [...new Set(batched.map((level) => level.branchId))], at);
  const asked = batched.map(({ warehouseId, variantId, branchId }) => ({
    warehouseId,
    variantId,
    day: days.get(branchId),
  }));
  const rows = await db.many<{ warehouseId: string; variantId: string; quantity: Decimal }>(sql`
    select b.warehouse_id, b.variant_id, sum(b.quantity) as quantity
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as t("warehouseId" uuid, "variantId" uuid, day date)
    join stock_batches b on b.variant_id = t."variantId" and b.warehouse_id = t."warehouseId"
    where b.quantity > 0 and b.expires_on < t.day group by 1, 2`);
  const expired = new Map(rows.map((row) => [levelKey(row), row.quantity]));
  return levels.map((level) => ({
    ...level,
    available: sellable(level, expired.get(levelKey(level)) ?? ZERO),
  }));
}

/** Expired stock cannot make the available quantity negative; only selling more than was on hand can. */
function sellable({ onHand, reserved }: ReadLevel, expired: Decimal): Decimal {
  const free = onHand.minus(reserved);
  return Decimal.max(free.minus(expired), Decimal.min(free, ZERO));
}

/** The available quantity as an SQL expression, for lists that filter and sort by it; `l` is stock_levels, `w` its warehouse. */
export async function availableColumn(db: Queryable, at: Date): Promise<Sql> {
  const free = sql`(l.on_hand - l.reserved)`;
  // A day ahead covers every time zone. Most shops have no expired stock, and then no more queries follow.
  const rows = await db.many<{ branchId: string | null }>(sql`
    select distinct w.branch_id from stock_batches b join warehouses w on w.id = b.warehouse_id
    where b.quantity > 0 and ${EXPIRY} < ${new Date(at.getTime() + DAY_MS)}::date`);
  if (rows.length === 0) return free;
  const days = await daysOf(
    db,
    rows.map((row) => row.branchId),
    at,
  );
  const table = [...days].map(([branchId, day]) => ({ branchId, day }));
  return sql`greatest(${free} - case when l.batched then coalesce((
      select sum(b.quantity) from stock_batches b
      join jsonb_to_recordset(${JSON.stringify(table)}::jsonb) as d("branchId" uuid, day date)
        on d."branchId" is not distinct from w.branch_id
      where b.organization_id = l.organization_id and b.variant_id = l.variant_id and b.warehouse_id = l.warehouse_id
        and b.quantity > 0 and b.expires_on < d.day), 0) else 0 end, least(${free}, 0))`;
}

async function daysOf(
  db: Queryable,
  branchIds: readonly (string | null)[],
  at: Date,
): Promise<Map<string | null, string>> {
  const days = new Map<string | null, string>();
  for (const branchId of branchIds) days.set(branchId, await sellingDay(db, branchId, at));
  return days;
}
