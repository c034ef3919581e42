/** Reports of finance as plain scans. */
import type { BareHandler } from './shop';

const SCANS: Readonly<Record<string, string>> = {
  tax: `
    select l.tax_rate as rate, sum(l.net) as net, sum(l.tax) as tax
    from orders o join order_lines l on l.order_id = o.id
    where o.organization_id = $1 and o.business_date between $2::date and $3::date group by 1 order by 1`,
  'cash-flow': `
    select p.method, sum(p.amount) filter (where p.amount > 0) as received, -sum(p.amount) filter (where p.amount < 0) as refunded
    from orders o join payments p on p.order_id = o.id
    where o.organization_id = $1 and o.business_date between $2::date and $3::date group by 1 order by 1`,
  'profit-loss': `
    select sum(l.net) as net, sum(l.quantity * l.unit_cost) as cost
    from orders o join order_lines l on l.order_id = o.id
    where o.organization_id = $1 and o.business_date between $2::date and $3::date`,
};

/** `?report=&from=&to=`: the sums of a report. */
export const financeScan: BareHandler = async ({ shop, parameters }) => {
  const { rows } = await shop.pool.query<object>(SCANS[parameters.get('report')!]!, [
    shop.organizationId,
    parameters.get('from'),
    parameters.get('to'),
  ]);
  return { rows };
};
