/** Reads the stock ledger. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import { inPeriod, listPage, sameId, type Page } from '#kernel/paging';
import type { StoredBatch } from '../batches/batches.rules';
import type { QueryStockMovementsArgs } from '../inputs.generated';
import { stockMovements, type StockMovementRow } from '../tables.generated';

/** A row of `stock_movements`, with its SKU and its batches from other tables. */
export interface StockMovement extends StockMovementRow {
  /** The SKU of its level. */
  sku: string;
  /** The parts of the movement by batch; empty if no batches are kept. */
  batches: readonly StoredBatch[];
}

const COLUMNS = sql`${stockMovements.select('m')}, coalesce(l.sku, '') as sku,
  coalesce((
    select jsonb_agg(jsonb_build_object('batchNumber', b.batch_number, 'expiresOn', b.expires_on,
      'quantity', trim_scale(b.quantity)::text) order by b.line)
    from stock_movement_batches b where b.organization_id = m.organization_id and b.movement_id = m.id), '[]') as batches`;

const TABLES = sql`stock_movements m left join stock_levels l
  on l.organization_id = m.organization_id and l.variant_id = m.variant_id and l.warehouse_id = m.warehouse_id`;

/** Movements, the newest first. */
export function listMovements(
  ctx: RequestContext,
  filter: QueryStockMovementsArgs,
): Promise<Page<StockMovement>> {
  return listPage<StockMovement>(
    ctx.db,
    {
      select: COLUMNS,
      from: sql`stock_movements m`,
      rows: TABLES,
      where: conditions(filter),
      // An id carries its time, so sorting by id sorts by time, along the primary key.
      sorts: { createdAt: sql`m.id`, quantity: sql`m.quantity` },
      defaultSort: '-createdAt',
      id: sql`m.id`,
    },
    filter,
  );
}

function conditions(filter: QueryStockMovementsArgs): Sql[] {
  const where = [
    ...sameId(sql`m.variant_id`, filter.variantId),
    ...sameId(sql`m.warehouse_id`, filter.warehouseId),
    ...inPeriod(sql`m.created_at`, filter),
  ];
  for (const ofProduct of sameId(sql`p.product_id`, filter.productId))
    where.push(sql`m.variant_id in (select p.variant_id from stock_levels p where ${ofProduct})`);
  if (filter.kind != null) where.push(sql`m.kind = ${filter.kind}`);
  if (filter.reference != null) where.push(sql`m.reference_id = ${filter.reference}`);
  if (filter.batch != null) {
    where.push(
      sql`m.id in (select b.movement_id from stock_movement_batches b where b.batch_number = ${filter.batch})`,
    );
  }
  // The bounds on the id exclude whole partitions. They have a day's margin, because an id is slightly older or younger than its row.
  if (filter.from != null)
    where.push(sql`m.id >= pospro_uuid_at(${filter.from}::timestamptz - interval '1 day')`);
  if (filter.to != null) where.push(sql`m.id < pospro_uuid_at(${filter.to}::timestamptz + interval '1 day')`);
  return where;
}

/** Movements by their ids, in the given order. One statement. */
export async function movementsById(db: Queryable, ids: readonly string[]): Promise<StockMovement[]> {
  const rows = await db.many<StockMovement>(
    sql`select ${COLUMNS} from ${TABLES} where m.id = any(${ids.filter(isUuid)}::uuid[])`,
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id)).filter((row) => row !== undefined);
}
