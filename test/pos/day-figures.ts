/** The figures of business days, computed from their orders: what the running totals must equal. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import {
  dayFigures,
  dayNet,
  type DayFigures,
  type DayQuery,
} from '#subgraphs/orders/reports/daily-figures.queries';
import { NONE } from '#subgraphs/orders/reports/day-totals';
import { daysWithTotals, rebuildTotals } from '#subgraphs/orders/rollups/rebuild-totals';
import { totalsDifferences } from '#subgraphs/orders/rollups/totals-scan.queries';
import type { Till } from '#test/harness/shop';

async function figuresOfOrders(
  db: Queryable,
  { branchId, date }: DayQuery,
  timeZone: string,
): Promise<DayFigures> {
  const ofDay = sql`o.branch_id = ${branchId}::uuid and o.business_date = ${date}::date and o.sold_at is not null`;
  // Payments of placed orders count on their own day, even before the order is a sale, and so does a correction of a payment.
  const paidOn = sql`case when o.channel = 'pos' and (p.refunded_payment_id is null or p.status <> 'voided') then o.business_date else (p.created_at at time zone ${timeZone})::date end`;
  const lines = sql`order_lines l join orders o on o.id = l.order_id where ${ofDay}`;
  const totals = await db.one<Omit<DayFigures, 'taxes' | 'hours' | 'payments'>>(sql`
    select count(*) filter (where o.kind = 'sale') as sales, count(*) filter (where o.kind = 'return') as returns,
      coalesce(sum(o.gross_total) filter (where o.kind = 'sale'), 0) as gross,
      coalesce(sum(o.gross_total - (o.total - o.rounding - o.gift_card_total - o.shipping_total)) filter (where o.kind = 'sale'), 0) as discounts,
      coalesce(-sum(o.total - o.rounding - o.gift_card_total - o.shipping_total) filter (where o.kind = 'return'), 0) as refunds,
      coalesce(sum(o.total - o.rounding - o.gift_card_total - o.shipping_total), 0) as net, count(*) filter (where o.voids) as voids_count,
      coalesce(-sum(o.total - o.rounding - o.gift_card_total - o.shipping_total) filter (where o.voids), 0) as voids,
      coalesce(sum(o.rounding), 0) as rounding, coalesce(sum(o.shipping_total), 0) as shipping, coalesce(sum(o.tip), 0) as tips, sum(o.payment_difference) as payment_differences,
      coalesce(sum(o.gift_card_total), 0) as gift_card_sales,
      (select coalesce(sum(l.quantity) filter (where l.quantity > 0 and l.gift_card_purpose is null), 0) from ${lines}) as units_sold,
      (select coalesce(-sum(l.quantity) filter (where l.quantity < 0 and l.gift_card_purpose is null), 0) from ${lines}) as units_returned
    from orders o where ${ofDay}`);
  return {
    ...totals,
    taxes: await db.many(sql`
      select rate, sum(net) as net, sum(tax) as tax from (${taxedParts(ofDay)}) as taxed group by 1 order by 1`),
    payments: await db.many(sql`
      select p.method, count(*) as count, sum(p.amount) as amount
      from orders o join payments p on p.order_id = o.id
      where o.branch_id = ${branchId}::uuid and ${paidOn} = ${date}::date group by 1 order by 1`),
    hours: await db.many(sql`
      select extract(hour from o.sold_at at time zone ${timeZone})::int as hour, count(*) filter (where o.kind = 'sale') as sales,
        count(*) filter (where o.kind = 'return') as returns, sum(o.total - o.rounding - o.shipping_total - o.gift_card_total) as net
      from orders o where ${ofDay} group by 1 order by 1`),
  };
}

/** The lines and the shipping of orders `o`, with their taxes. */
const taxedParts = (ofDay: Sql): Sql => sql`
  select l.tax_rate as rate, l.tax_class_id, l.tax_class, l.net, l.tax from order_lines l join orders o on o.id = l.order_id
  where ${ofDay} and l.gift_card_purpose is distinct from 'multi_purpose'
  union all
  select s.rate, s."taxClassId", s."taxClass", s.total - s.tax, s.tax from orders o cross join lateral jsonb_to_recordset(coalesce(o.shipping_taxes,
    jsonb_build_array(jsonb_build_object('rate', o.shipping_tax_rate, 'total', o.shipping_total, 'tax', o.shipping_tax))))
    as s(rate numeric, total numeric, tax numeric, "taxClassId" uuid, "taxClass" text)
  where ${ofDay} and o.shipping_total <> 0`;

/** Taxes by rate and tax class, from the orders of the day and from its running totals. */
async function taxClassesOf(
  db: Queryable,
  { branchId, date }: DayQuery,
): Promise<[orders: unknown, totals: unknown]> {
  const ofDay = sql`o.branch_id = ${branchId}::uuid and o.business_date = ${date}::date and o.sold_at is not null`;
  return Promise.all([
    db.many(sql`
      select rate, coalesce(tax_class_id, ${NONE}::uuid) as tax_class_id, coalesce(tax_class, '') as tax_class, sum(net) as net, sum(tax) as tax
      from (${taxedParts(ofDay)}) as taxed group by 1, 2, 3 order by 1, 2, 3`),
    db.many(sql`
      select t.rate, t.tax_class_id, t.tax_class, sum(t.net) as net, sum(t.tax) as tax from order_day_taxes t
      where t.branch_id = ${branchId}::uuid and t.business_date = ${date}::date group by 1, 2, 3 order by 1, 2, 3`),
  ]);
}

/** Quantity and net sales of each variant, from the lines of the day and from its running totals. */
async function itemsOf(
  db: Queryable,
  { branchId, date }: DayQuery,
): Promise<[lines: unknown, totals: unknown]> {
  return Promise.all([
    db.many(sql`
      select l.variant_id, l.product_id, sum(l.quantity) as quantity, sum(l.total) as net_sales
      from order_lines l join orders o on o.id = l.order_id
      where o.branch_id = ${branchId}::uuid and o.business_date = ${date}::date and o.sold_at is not null and l.gift_card_purpose is null
      group by 1, 2 order by 1`),
    db.many(sql`
      select t.variant_id, t.product_id, sum(t.quantity) as quantity, sum(t.net_sales) as net_sales
      from order_day_items t where t.branch_id = ${branchId}::uuid and t.business_date = ${date}::date group by 1, 2 order by 1`),
  ]);
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** Every day of every branch: its running totals are the sums over its orders. @returns the number of days. */
export async function checkDays({ ctx }: Pick<Till, 'ctx'>, timeZone = 'Europe/Berlin'): Promise<number> {
  const { db } = ctx;
  const days = await db.many<DayQuery>(sql`
    select distinct branch_id, business_date::text as date from orders order by 2, 1`);
  for (const day of days) {
    const figures = await dayFigures(db, day);
    expect(plain(figures)).toEqual(plain(await figuresOfOrders(db, day, timeZone)));
    const [lines, items] = await itemsOf(db, day);
    expect(plain(items)).toEqual(plain(lines));
    const [taxed, taxes] = await taxClassesOf(db, day);
    expect(plain(taxes)).toEqual(plain(taxed));
    const { sales, returns, net } = figures;
    expect(plain(await dayNet(db, day))).toEqual(plain({ sales, returns, net }));
  }
  await checkRebuild(ctx);
  return days.length;
}

/** The totals of sales, items and customers are the sums over the orders, and a rebuild makes the same rows again. */
async function checkRebuild(ctx: RequestContext): Promise<void> {
  const organizationId = organizationOf(ctx);
  const days = await daysWithTotals(ctx.db, organizationId);
  const range = { organizationId, from: days.at(0) ?? '2000-01-01', to: days.at(-1) ?? '2000-01-01' };
  expect(await totalsDifferences(ctx.db, range)).toEqual([]);
  const kept = await keptTotals(ctx.db);
  await rebuildTotals(ctx, days);
  expect(await keptTotals(ctx.db)).toEqual(kept);
}

async function keptTotals(db: Queryable): Promise<unknown> {
  const rows = await Promise.all([
    db.many(sql`select * from order_day_totals t order by t`),
    db.many(sql`select * from order_day_items t order by t`),
    db.many(sql`select * from order_day_customers t order by t`),
  ]);
  return plain(rows);
}
