/** A cash sale in eight statements, with everything that PosPro stores of it: stock, ledger, payment, session, order, trail, event. */
import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import { uuidv7 } from 'uuidv7';
import type { BareHandler, BareRequest, BareShop } from './shop';

export interface Basket {
  readonly register_id: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** An amount is handed over; without one, exactly the total. */
  readonly payments: readonly { readonly method: string; readonly amount?: string }[];
  readonly client_reference: string;
}

interface ItemRow {
  readonly product_id: string;
  readonly variant_id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly rate: string;
}

/** A line with its amounts in cents. */
export interface Line extends ItemRow {
  readonly id: string;
  readonly line: number;
  readonly quantity: number;
  readonly unitCents: number;
  readonly discountCents: number;
  readonly totalCents: number;
  readonly taxCents: number;
}

export interface Sale {
  readonly shop: BareShop;
  readonly basket: Basket;
  readonly id: string;
  readonly entryId: string;
  readonly sessionId: string;
  /** Payment method. */
  readonly method: string;
  readonly lines: readonly Line[];
  readonly discountCents: number;
  readonly totalCents: number;
  readonly taxCents: number;
}

export const money = (cents: number) => (cents / 100).toFixed(2);

export const checkout: BareHandler = (request) => sell(request);

/** Changes a priced sale, and writes what it takes beside the sale itself. */
export type Benefits = (client: PoolClient, sale: Sale) => Promise<Sale>;

export async function sell(
  { shop, body }: Pick<BareRequest, 'shop' | 'body'>,
  benefits: Benefits = (_, sale) => Promise.resolve(sale),
): Promise<object> {
  const basket = JSON.parse(body) as Basket;
  const client = await shop.pool.connect();
  try {
    await client.query('begin');
    const sale = await benefits(client, await priceBasket(client, shop, basket));
    await moveStock(client, sale);
    await insertPayment(client, sale);
    await postToSession(client, sale);
    const numbers = await insertOrder(client, sale);
    const answer = { id: sale.id, ...numbers, total: money(sale.totalCents), items: sale.lines };
    await insertRecords(client, sale, answer);
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function priceBasket(client: PoolClient, shop: BareShop, basket: Basket): Promise<Sale> {
  const entryId = uuidv7();
  const { rows } = await client.query<ItemRow>({
    name: 'items',
    text: `
      select v.product_id, v.id as variant_id, v.sku, p.name, coalesce(listed.price, v.price) as price, t.rate,
        set_config('app.audit_entry', $3, true)
      from variants v join products p on p.id = v.product_id join tax_classes t on t.id = p.tax_class_id
      left join lateral (
        select e.price from price_list_entries e join price_lists l on l.id = e.price_list_id
        where e.variant_id = v.id and e.min_quantity <= 1 and l.active order by l.priority desc, e.min_quantity desc limit 1
      ) listed on true
      where v.organization_id = $1 and v.sku_key = any($2::text[]) and v.deleted_at is null`,
    values: [shop.organizationId, basket.items.map(({ sku }) => sku.toLowerCase()), entryId],
  });
  const lines = basket.items.map(({ sku, quantity }, index): Line => {
    const item = rows.find((row) => row.sku === sku)!;
    const unitCents = Math.round(Number(item.price) * 100);
    const totalCents = unitCents * quantity;
    const taxCents = taxIn(totalCents, Number(item.rate));
    const amounts = { unitCents, discountCents: 0, totalCents, taxCents };
    return { ...item, ...amounts, id: uuidv7(), line: index + 1, quantity };
  });
  const sessionId = shop.sessions.get(basket.register_id)!;
  return { shop, basket, id: uuidv7(), entryId, sessionId, method: 'cash', lines, ...sumsOf(lines) };
}

/** The tax in an amount. @param rate in percent. */
export function taxIn(cents: number, rate: number): number {
  return Math.round((cents * rate) / (100 + rate));
}

/** The totals of lines. */
export function sumsOf(lines: readonly Line[]): Pick<Sale, 'discountCents' | 'totalCents' | 'taxCents'> {
  const sum = (amount: (line: Line) => number) => lines.reduce((total, line) => total + amount(line), 0);
  return {
    discountCents: sum(({ discountCents }) => discountCents),
    totalCents: sum(({ totalCents }) => totalCents),
    taxCents: sum(({ taxCents }) => taxCents),
  };
}

async function moveStock(client: PoolClient, { shop, lines, id }: Sale): Promise<void> {
  // Always in the same order, so that two sales do not deadlock.
  const sorted = [...lines].sort((a, b) => (a.variant_id < b.variant_id ? -1 : 1));
  await client.query({
    name: 'stock',
    text: `
      with locked as (
        select x.variant_id, x.quantity from unnest($3::uuid[], $4::numeric[]) as x(variant_id, quantity)
        join stock_levels l on l.organization_id = $1 and l.warehouse_id = $2 and l.variant_id = x.variant_id
        order by x.variant_id for update of l
      ), moved as (
        update stock_levels l set on_hand = l.on_hand - x.quantity, movement_count = l.movement_count + 1, updated_at = now()
        from locked x where l.organization_id = $1 and l.warehouse_id = $2 and l.variant_id = x.variant_id
          and l.on_hand - l.reserved >= x.quantity
        returning l.*, x.quantity
      )
      insert into stock_movements (id, organization_id, warehouse_id, variant_id, product_id, sequence, kind, quantity, level_after,
        unit_cost, average_cost, reference_type, reference_id, user_id, created_at)
      select uuidv7(), organization_id, warehouse_id, variant_id, product_id, movement_count, 'sale', -quantity, on_hand, average_cost,
        average_cost, 'order', $5, $6, now()
      from moved`,
    values: [
      shop.organizationId,
      shop.warehouseId,
      sorted.map(({ variant_id }) => variant_id),
      sorted.map(({ quantity }) => quantity),
      id,
      shop.userId,
    ],
  });
}

async function insertPayment(
  client: PoolClient,
  { shop, id, sessionId, method, totalCents }: Sale,
): Promise<void> {
  await client.query({
    name: 'payment',
    text: `
      insert into payments (id, organization_id, order_id, position, branch_id, register_session_id, method, amount, currency, status,
        refunded_amount, user_id, created_at)
      values ($1, $2, $3, 0, $4, $5, $8, $6, 'EUR', 'captured', 0, $7, now())`,
    values: [
      ...[uuidv7(), shop.organizationId, id, shop.branchId, sessionId, money(totalCents), shop.userId],
      method,
    ],
  });
}

async function postToSession(
  client: PoolClient,
  { shop, sessionId, method, discountCents, totalCents, taxCents }: Sale,
): Promise<void> {
  await client.query({
    name: 'session',
    text: `
      with session as (
        update register_sessions set sales_count = sales_count + 1, gross_sales = gross_sales + $3 + $6, discounts = discounts + $6, net_sales = net_sales + $3,
          expected_cash = expected_cash + case $5::text when 'cash' then $3::numeric else 0 end
        where id = $2 and status = 'open' returning id
      ), tenders as (
        insert into register_session_tenders as t (organization_id, session_id, kind, method, count, amount)
        select $1, id, 'sale', $5, 1, $3 from session
        on conflict (session_id, kind, method) do update set count = t.count + 1, amount = t.amount + excluded.amount
      )
      insert into register_session_taxes as t (organization_id, session_id, rate, net, tax)
      select $1, id, 19, $3::numeric - $4, $4 from session
      on conflict (session_id, rate) do update set net = t.net + excluded.net, tax = t.tax + excluded.tax`,
    values: [
      ...[shop.organizationId, sessionId, money(totalCents), money(taxCents)],
      ...[method, money(discountCents)],
    ],
  });
}

const ORDER = `
  with number as (
    insert into counters (organization_id, name, value) values ($2, 'order:' || $8::uuid, 1)
    on conflict (organization_id, name) do update set value = counters.value + 1 returning value
  ), text as (
    select 'BARE-' || lpad(value::text, 7, '0') as number, 'BARE-R' || lpad(value::text, 7, '0') as receipt_number from number
  ), placed as (
    insert into orders (id, organization_id, branch_id, number, receipt_number, kind, status, channel, currency, prices_include_tax,
      gross_total, subtotal, discount_total, tax_total, rounding, total, paid, change, refunded_total, points_earned, cashier_id,
      register_id, register_session_id, warehouse_id, client_reference, sold_at, created_at, received_at, business_date, updated_at)
    select $1, $2, $3::uuid, number, receipt_number, 'sale', 'completed', 'pos', 'EUR', true, $4::numeric + $14, $4::numeric + $14, $14, $5::numeric, 0, $4::numeric, $6::numeric,
      $6::numeric - $4::numeric, 0, 0, $7,
      $8, $9, $10, $11, now(), now(), now(), current_date, now()
    from text returning number, receipt_number
  ), reference as (
    insert into order_references (organization_id, client_reference, order_id, request_hash) values ($2, $11, $1, $12)
  ), lines as (
    insert into order_lines (order_id, line_no, id, organization_id, product_id, variant_id, sku, name, unit, quantity, unit_price,
      list_price, subtotal, discount, tax_rate, net, tax, total, unit_cost, returned_quantity)
    select $1, l.line, l.id, $2, l.product_id, l.variant_id, l.sku, l.name, 'piece', l.quantity, l."unitCents" / 100, l."unitCents" / 100,
      (l."totalCents" + l."discountCents") / 100, l."discountCents" / 100, l.rate, (l."totalCents" - l."taxCents") / 100, l."taxCents" / 100, l."totalCents" / 100, 1, 0
    from jsonb_to_recordset($13::jsonb) as l(line int, id uuid, product_id uuid, variant_id uuid, sku text, name text, quantity numeric,
      rate numeric, "unitCents" numeric, "discountCents" numeric, "totalCents" numeric, "taxCents" numeric)
  )
  select number, receipt_number from placed`;

async function insertOrder(client: PoolClient, sale: Sale): Promise<object> {
  const { shop, basket, id, sessionId, lines, discountCents, totalCents, taxCents } = sale;
  const { rows } = await client.query<object>({
    name: 'insert-order',
    text: ORDER,
    values: [
      ...[
        id,
        shop.organizationId,
        shop.branchId,
        money(totalCents),
        money(taxCents),
        basket.payments[0]!.amount ?? money(totalCents),
        shop.userId,
      ],
      ...[
        basket.register_id,
        sessionId,
        shop.warehouseId,
        basket.client_reference,
        randomBytes(32).toString('hex'),
      ],
      JSON.stringify(lines),
      money(discountCents),
    ],
  });
  return rows[0]!;
}

/** The audit entry, two events, and the answer for a repeated request. */
async function insertRecords(
  client: PoolClient,
  { shop, basket, id, entryId }: Sale,
  answer: object,
): Promise<void> {
  await client.query({
    name: 'records',
    text: `
      with entry as (
        insert into audit_entries (id, organization_id, at, actor_kind, user_id, operation, input, address, request_id)
        values ($1::uuid, $2, now(), 'user', $3::uuid, 'checkout', $4, '127.0.0.1', $1::uuid::text)
      ), waiting as (
        insert into audit_pending (organization_id, entry_id) values ($2, $1::uuid)
      ), key as (
        insert into idempotency_keys (organization_id, caller, key, operation, request_hash, response, created_at)
        values ($2, $3::uuid::text, $5, 'checkout', '', $6, now())
      )
      insert into outbox_events (id, organization_id, branch_id, type, key, payload, at)
      select uuidv7(), $2, $7, type, $8, $6, now() from unnest(array['order.changed', 'sale.completed']) as type`,
    values: [
      ...[entryId, shop.organizationId, shop.userId, JSON.stringify(basket), basket.client_reference],
      ...[JSON.stringify(answer), shop.branchId, id],
    ],
  });
}
