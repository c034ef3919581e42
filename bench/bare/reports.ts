/** Reports as plain scans of orders, lines and payments. `$1` is the organization; `$2` and `$3` are the first and the last day. */
import type { BareHandler } from './shop';

const SOLD = `o.organization_id = $1 and o.business_date between $2::date and $3::date`;
const LINES = `from orders o join order_lines l on l.order_id = o.id where ${SOLD}`;

const SCANS: Readonly<Record<string, string>> = {
  tax: `select l.tax_rate as rate, sum(l.net) as net, sum(l.tax) as tax ${LINES} group by 1 order by 1`,
  'cash-flow': `
    select p.method, sum(p.amount) filter (where p.amount > 0) as received, -sum(p.amount) filter (where p.amount < 0) as refunded
    from orders o join payments p on p.order_id = o.id where ${SOLD} group by 1 order by 1`,
  'profit-loss': `select sum(l.net) as net, sum(l.quantity * l.unit_cost) as cost ${LINES}`,
  'sales-daily': `
    select o.business_date, count(*), sum(o.gross_total) as gross, sum(o.total - o.tax_total) as net, sum(o.tax_total) as tax
    from orders o where ${SOLD} group by 1 order by 1`,
  'sales-monthly': `
    select date_trunc('month', o.business_date) as month, count(*), sum(o.gross_total) as gross, sum(o.total - o.tax_total) as net,
      sum(o.tax_total) as tax
    from orders o where ${SOLD} group by 1 order by 1`,
  'products-top': `select l.product_id, sum(l.net) as net, sum(l.quantity) as units ${LINES} group by 1 order by 2 desc limit 10`,
  'products-trending': `
    select l.product_id, sum(l.quantity) filter (where o.business_date > $2::date + ($3::date - $2::date) / 2) as units ${LINES}
    group by 1 order by 2 desc limit 20`,
  // The tables of customers are counted, because no report sends a row for each of them.
  'customers-segments': `
    select count(*), sum(c.spent) as spent from (
      select o.customer_id, max(o.business_date) as last, count(*) as orders, sum(o.total) as spent
      from orders o where ${SOLD} and o.customer_id is not null group by 1) c`,
  'customers-retention': `
    select date_trunc('month', f.first) as cohort, date_trunc('month', o.business_date) as month, count(distinct o.customer_id) as customers
    from orders o
      join (select customer_id, min(business_date) as first from orders where organization_id = $1 group by 1) f
        on f.customer_id = o.customer_id
    where ${SOLD} group by 1, 2 order by 1, 2`,
  'customers-acquisition': `
    select date_trunc('month', f.business_date) as month, f.channel, count(*) as customers
    from (
      select distinct on (o.customer_id) o.business_date, o.channel from orders o
      where o.organization_id = $1 and o.customer_id is not null order by o.customer_id, o.id) f
    where f.business_date between $2::date and $3::date group by 1, 2 order by 1, 2`,
  'customers-lifetime-value': `
    select count(*), sum(c.spent) as spent from (
      select o.customer_id, count(distinct o.business_date) as days, min(o.business_date) as first, max(o.business_date) as last,
        sum(o.total) as spent
      from orders o where ${SOLD} and o.customer_id is not null group by 1) c`,
  'sales-forecast': `select o.business_date, sum(o.total) as total from orders o where ${SOLD} group by 1 order by 1`,
};

/** `?report=&from=&to=`: the sums of a report. */
export const reportScan: BareHandler = async ({ shop, parameters }) => {
  const { rows } = await shop.pool.query<object>(SCANS[parameters.get('report')!]!, [
    shop.organizationId,
    parameters.get('from'),
    parameters.get('to'),
  ]);
  return { rows };
};
