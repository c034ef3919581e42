/** Lists and searches of a shop with a million orders and a million customers. */
import type { BareHandler } from './shop';

/** The condition of each filter; `$n` is its value. */
const CONDITIONS: Readonly<Record<string, (parameter: string) => string>> = {
  date: (value) => `o.business_date = ${value}::date`,
  from: (value) => `o.business_date >= ${value}::date`,
  to: (value) => `o.business_date <= ${value}::date`,
  status: (value) => `o.status = ${value}`,
  channel: (value) => `o.channel = ${value}`,
  customer_id: (value) => `o.customer_id = ${value}::uuid`,
  branch_id: (value) => `o.branch_id = ${value}::uuid`,
  cashier_id: (value) => `o.cashier_id = ${value}::uuid`,
  number: (value) => `o.number = ${value}`,
  external_number: (value) => `o.external_number = ${value}`,
  updated_since: (value) => `o.updated_at >= ${value}::timestamptz`,
};

/** The latest 20 orders that match filters, with their lines; planned for the values. */
export const ordersFiltered: BareHandler = async ({ shop, parameters }) => {
  const given = [...parameters];
  const where = given.map(([name], index) => CONDITIONS[name]!(`$${index + 2}`)).join(' and ');
  const values = [shop.organizationId, ...given.map(([, value]) => value)];
  const { rows } = await shop.pool.query<object>(
    `select o.*, array(select to_json(l) from order_lines l where l.order_id = o.id order by l.line_no) as items
     from (select * from orders o where o.organization_id = $1 and ${where} order by o.created_at desc, o.id desc limit 20) o
     order by o.created_at desc, o.id desc`,
    values,
  );
  const total = await shop.pool.query<{ total: number }>(
    `select count(*)::int as total from (select from orders o where o.organization_id = $1 and ${where} limit 10001) counted`,
    values,
  );
  return { items: rows, total: total.rows[0]!.total, page: 1, size: 20 };
};

/** `?text=`: ten customers who have all words of the text in their name, mail address, code or phone number. */
export const customerSearch: BareHandler = async ({ shop, parameters }) => {
  const words = parameters.get('text')!.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const { rows } = await shop.pool.query<object>(
    `select * from customers where organization_id = $1 and erased_at is null
       ${words.map((_, index) => `and search_grams like $${index + 2}`).join(' ')} limit 10`,
    [shop.organizationId, ...words.map((word) => `%${word}%`)],
  );
  return { items: rows };
}; // prettier-ignore
