/** The books after a trial: what the database has, beside what clients were answered, each part beside the others. */
import { verifyTrail } from '#kernel/audit/verify';
import { sql, type Queryable } from '#kernel/db/database';
import { totalsDifferences } from '#subgraphs/orders/rollups/totals-scan.queries';
import { verifyChain } from '#subgraphs/registers/reports/z-reports';
import type { TestDatabase } from '#test/harness/database';
import type { Till } from '#test/harness/shop';
import { SKUS, STOCK, type Acknowledged, type Sku } from './workload';

/** Every row of an organization that a trial writes is read as the platform. */
interface Books {
  readonly db: Queryable;
  /** The same as the organization sees it. */
  readonly own: Queryable;
  readonly organizationId: string;
  readonly till: Till;
  readonly acknowledged: Acknowledged;
}

/** @returns a sentence for each difference; none if nothing acknowledged was lost, nothing was done twice, and all parts agree. */
export async function bookDifferences(
  { services }: TestDatabase,
  till: Till,
  acknowledged: Acknowledged,
): Promise<string[]> {
  const { organizationId } = till;
  const books = {
    db: services.database.system,
    own: services.database.forOrganization(organizationId),
    organizationId,
    till,
    acknowledged,
  };
  const parts = [orders, stock, drawers, reports, imports, events, trail];
  const differences: string[] = [];
  for (const part of parts) differences.push(...(await part(books)));
  return differences;
}

/** Each acknowledged order once and as it was answered, and no other one. */
async function orders({ db, organizationId, acknowledged }: Books): Promise<string[]> {
  const rows = await db.many<{ id: string; reference: string; total: string; paid: string }>(sql`
    select o.id, o.client_reference as reference, round(o.total, 2)::text as total,
      coalesce((select round(sum(p.amount), 2)::text from payments p where p.order_id = o.id), '0.00') as paid
    from orders o where o.organization_id = ${organizationId}`);
  const differences: string[] = [];
  const seen = new Set<string>();
  for (const { id, reference, total, paid } of rows) {
    if (seen.has(reference)) differences.push(`${reference} was posted twice`);
    seen.add(reference);
    const answered = acknowledged.orders.get(reference);
    if (!answered) differences.push(`order ${id} (${reference}) was not acknowledged`);
    else if (answered.id !== id || answered.total !== total)
      differences.push(
        `${reference} was answered as ${answered.id} ${answered.total}, and is ${id} ${total}`,
      );
    if (paid !== total) differences.push(`the payments of ${reference} are ${paid}, and its total ${total}`);
  }
  for (const reference of acknowledged.orders.keys())
    if (!seen.has(reference)) differences.push(`order ${reference} was acknowledged, and is lost`);
  const gaps = await db.many<{ series: string }>(sql`
    select regexp_replace(receipt_number, '\d+$', '') as series from orders
    where organization_id = ${organizationId}
    group by 1 having count(*) <> max(substring(receipt_number from '\d+$')::int) or count(distinct receipt_number) <> count(*)`);
  return [...differences, ...gaps.map(({ series }) => `the receipts ${series} have gaps or repetitions`)];
}

/** Stock + sold + transferred = initial, and each level is the sum of its movements. */
async function stock({ db, organizationId, till, acknowledged }: Books): Promise<string[]> {
  const rows = await db.many<{
    sku: Sku;
    warehouseId: string;
    onHand: number;
    moved: number;
    isWhole: boolean;
  }>(sql`
    select l.sku, l.warehouse_id, l.on_hand::float8 as on_hand, sum(m.quantity)::float8 as moved,
      count(*) = l.movement_count and max(m.sequence) = l.movement_count and bool_and(m.level_after = m.running) as is_whole
    from stock_levels l join (
      select *, sum(quantity) over (partition by variant_id, warehouse_id order by sequence) as running from stock_movements
      where organization_id = ${organizationId}) m on m.variant_id = l.variant_id and m.warehouse_id = l.warehouse_id
    where l.organization_id = ${organizationId} group by l.sku, l.warehouse_id, l.on_hand, l.movement_count`);
  const sum = (list: Iterable<number>) => [...list].reduce((total, one) => total + one, 0);
  const differences: string[] = [];
  for (const sku of SKUS) {
    const sold = sum([...acknowledged.orders.values()].map(({ units }) => units[sku]));
    const transferred = sum([...acknowledged.transfers.values()].map((units) => units[sku]));
    const expected = [STOCK - sold - transferred, transferred];
    for (const [index, warehouseId] of till.warehouseIds.entries()) {
      const level = rows.find((row) => row.sku === sku && row.warehouseId === warehouseId);
      const onHand = level?.onHand ?? 0;
      if (onHand !== expected[index])
        differences.push(`${sku} in warehouse ${index + 1} is ${onHand}, and should be ${expected[index]}`);
      if (level && (level.moved !== onHand || !level.isWhole))
        differences.push(`the movements of ${sku} in warehouse ${index + 1} differ from its level`);
    }
  }
  const transfers = await db.many<{ id: string; status: string }>(
    sql`select id, status from stock_transfers where organization_id = ${organizationId}`,
  );
  const strange = transfers.filter(
    ({ id, status }) => status !== 'received' || !acknowledged.transfers.has(id),
  );
  return [
    ...differences,
    ...strange.map(({ id, status }) => `transfer ${id} (${status}) was not acknowledged`),
  ];
}

/** Each session and its drawer = its orders and their payments, and each running total of a day. */
async function drawers({ db, organizationId }: Books): Promise<string[]> {
  const sessions = await db.many<{ id: string }>(sql`
    select s.id from register_sessions s left join lateral (
      select count(*) filter (where o.kind = 'sale') as sales, count(*) filter (where o.kind = 'return') as returns,
        coalesce(sum(o.total - o.rounding), 0) as net from orders o where o.register_session_id = s.id) o on true
    left join lateral (
      select coalesce(sum(p.amount), 0) as cash from payments p where p.register_session_id = s.id and p.method = 'cash') p on true
    where s.organization_id = ${organizationId} and (s.sales_count, s.returns_count, s.net_sales, s.expected_cash)
      is distinct from (o.sales, o.returns, o.net, s.opening_float + p.cash)`);
  const totals = await totalsDifferences(db, { organizationId, from: '2000-01-01', to: '2999-12-31' });
  return [
    ...sessions.map(({ id }) => `session ${id} differs from its orders and payments`),
    ...totals.map(({ table, businessDate }) => `${table} of ${businessDate} differs from the orders`),
  ];
}

/** Each acknowledged closing has its Z-report, there are no others, and the chains are whole. */
async function reports({ db, own, organizationId, till, acknowledged }: Books): Promise<string[]> {
  const rows = await db.many<{ sessionId: string; number: number }>(
    sql`select session_id, number from z_reports where organization_id = ${organizationId}`,
  );
  const stored = new Map(rows.map(({ sessionId, number }) => [sessionId, number]));
  const { closings } = acknowledged;
  const lost = [...closings].filter(([sessionId, number]) => stored.get(sessionId) !== number);
  const strange = [...stored].filter(([sessionId]) => !closings.has(sessionId));
  const chains = await Promise.all(till.registers.map(({ id }) => verifyChain({ db: own }, id)));
  return [
    ...lost.map(([, number]) => `Z-report ${number} was acknowledged, and is lost`),
    ...strange.map(([, number]) => `Z-report ${number} was not acknowledged`),
    ...chains.flatMap(({ valid, error }) => (valid ? [] : [`a chain of Z-reports is broken: ${error}`])),
  ];
}

/** Each acknowledged import has created each of its rows once, and there are no others. */
async function imports({ db, organizationId, acknowledged }: Books): Promise<string[]> {
  const jobs = await db.many<{ id: string; status: string; created: number; processed: number }>(
    sql`select id, status, created, processed from import_jobs where organization_id = ${organizationId}`,
  );
  const differences: string[] = [];
  for (const { id, status, created, processed } of jobs) {
    const rows = acknowledged.imports.get(id);
    if (rows === undefined) differences.push(`import ${id} was not acknowledged`);
    else if (status !== 'completed' || created !== rows || processed !== rows)
      differences.push(`import ${id} is ${status}, with ${created} of ${rows} rows`);
  }
  const known = new Set(jobs.map(({ id }) => id));
  for (const id of acknowledged.imports.keys())
    if (!known.has(id)) differences.push(`import ${id} was acknowledged, and is lost`);
  const { products } = await db.one<{ products: number }>(sql`
    select count(*)::int as products from products where organization_id = ${organizationId} and name like 'Imported %'`);
  const expected = [...acknowledged.imports.values()].reduce((total, rows) => total + rows, 0);
  if (products !== expected) differences.push(`${products} products were imported instead of ${expected}`);
  return differences;
}

/** Each order has emitted one event of its completion. */
async function events({ db, organizationId }: Books): Promise<string[]> {
  const rows = await db.many<{ key: string; count: number }>(sql`
    select coalesce(o.id::text, e.key) as key, count(e.id)::int as count
    from (select * from orders where organization_id = ${organizationId}) o
    full join (select * from outbox_events where organization_id = ${organizationId} and type = 'sale.completed') e on e.key = o.id::text
    group by 1 having count(e.id) <> 1 or count(o.id) <> 1`);
  return rows.map(({ key, count }) => `order ${key} has ${count} events of its completion`);
}

/** Every entry of the audit trail is sealed, and its chain is whole. */
async function trail({ db, organizationId }: Books): Promise<string[]> {
  const { valid, error, pending } = await verifyTrail(db, organizationId);
  return [
    ...(valid ? [] : [`the audit trail is broken: ${error?.message ?? ''}`]),
    ...(pending === 0 ? [] : [`${pending} entries of the audit trail wait for their seal`]),
  ];
}
