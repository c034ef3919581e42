import type { BareHandler } from './shop';

/**
 * The range of the ids of a day. An id is a UUIDv7, so lines and payments of the day are a range of their primary keys; without it the
 * planner reads all of them.
 */
const BOUNDS = `bounds as materialized (
    select min(id::text)::uuid as first, max(id::text)::uuid as last from orders where organization_id = $1 and business_date = $2
  )`;
const WITHIN = 'between (select first from bounds) and (select last from bounds)';

/** `?id=`: an order with lines, products and their stock, payments, cashier, customer, register and branch, in one statement. */
export const orderDetails: BareHandler = async ({ shop, parameters }) => {
  const { rows } = await shop.pool.query<object>({
    name: 'order',
    text: `
      select o.id, o.number, round(o.total, 2) as total, array(
          select json_build_object('name', l.name, 'quantity', trim_scale(l.quantity)::text, 'total', round(l.total, 2)::text,
            'product', json_build_object('id', p.id, 'name', p.name, 'stock', json_build_object('available', (
              select trim_scale(sum(s.on_hand - s.reserved))::text from stock_levels s
              where s.organization_id = p.organization_id and s.product_id = p.id and s.warehouse_id = $2))))
          from order_lines l join products p on p.id = l.product_id where l.order_id = o.id order by l.line_no
        ) as items, array(
          select json_build_object('method', y.method, 'amount', round(y.amount, 2)::text) from payments y where y.order_id = o.id
        ) as payments, json_build_object('name', u.name) as cashier, json_build_object('name', c.name) as customer,
        json_build_object('name', r.name) as register, json_build_object('name', b.name) as branch
      from orders o join branches b on b.id = o.branch_id left join users u on u.id = o.cashier_id
      left join customers c on c.id = o.customer_id left join registers r on r.id = o.register_id
      where o.id = $1`,
    values: [parameters.get('id'), shop.warehouseId],
  });
  return { data: { order: rows[0] } };
};

/** The latest 50 orders with their lines. */
export const orderList: BareHandler = async ({ shop }) => {
  const { rows } = await shop.pool.query<object>({
    name: 'orders',
    text: `
      select o.*, array(select to_json(l) from order_lines l where l.order_id = o.id order by l.line_no) as items
      from (
        select * from orders where organization_id = $1 order by created_at desc, id desc limit 50
      ) o order by o.created_at desc, o.id desc`,
    values: [shop.organizationId],
  });
  const total = await shop.pool.query<{ total: number }>({
    name: 'orders-total',
    text: 'select count(*)::int as total from (select from orders where organization_id = $1 limit 10001) counted',
    values: [shop.organizationId],
  });
  return { items: rows, total: total.rows[0]!.total, page: 1, size: 50 };
};

/** `?date=`: a row for each line of a day's orders, with the columns of its order. */
export const ordersCsv: BareHandler = async ({ shop, parameters }) => {
  const { rows } = await shop.pool.query<Cell[]>({
    name: 'csv',
    rowMode: 'array',
    text: `
      with ${BOUNDS}
      select o.id, o.number, o.receipt_number, o.kind, o.status, o.channel, o.currency, o.subtotal, o.discount_total, o.tax_total,
        o.rounding, o.total, o.paid, o.change, o.refunded_total, o.customer_id, o.cashier_id, o.register_id, o.register_session_id,
        o.branch_id, o.warehouse_id, to_json(o.created_at), to_json(o.updated_at), l.line_no, l.id, l.product_id, l.variant_id, l.sku,
        l.name, l.unit, l.quantity, l.unit_price, l.list_price, l.subtotal, l.discount, l.tax_rate, l.net, l.tax, l.total, l.unit_cost
      from orders o join order_lines l on l.order_id = o.id
      where o.organization_id = $1 and o.business_date = $2 and l.order_id ${WITHIN}
      order by o.created_at desc, o.id desc, l.line_no`,
    values: [shop.organizationId, parameters.get('date')],
  });
  return rows.map((row) => row.map(cell).join(',')).join('\r\n');
};

type Cell = string | number | null;

function cell(value: Cell): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `?date=`: totals, payments and hours of a day, in one statement. */
export const dailyReport: BareHandler = async ({ shop, parameters }) => {
  const { rows } = await shop.pool.query<object>({
    name: 'daily',
    text: `
      with ${BOUNDS}, day as materialized (
        select id, total, tax_total, discount_total, rounding, created_at from orders
        where organization_id = $1 and business_date = $2
      )
      select count(*)::int as sales_count, sum(total) as net_sales, sum(tax_total) as tax_total, sum(discount_total) as discounts,
        sum(rounding) as rounding,
        (select sum(l.quantity) from order_lines l join day on day.id = l.order_id where l.order_id ${WITHIN}) as items_sold,
        (select json_agg(y) from (
          select p.method, count(*), sum(p.amount) as amount from payments p join day on day.id = p.order_id
          where p.order_id ${WITHIN} group by 1) y
        ) as payments,
        (select json_agg(h) from (
          select extract(hour from created_at at time zone 'Europe/Berlin') as hour, count(*) as sales_count, sum(total) as net_sales
          from day group by 1 order by 1) h) as hours
      from day`,
    values: [shop.organizationId, parameters.get('date')],
  });
  return rows[0]!;
};
