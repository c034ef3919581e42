/** Writing orders: any number of them, with all their lines, in one statement. */
import { createHash } from 'node:crypto';
import type { RequestContext } from '../../kernel/context';
import { takeNumbers } from '../../kernel/db/counters';
import { sql, type Queryable, type Sql, type Transaction } from '../../kernel/db/database';
import { ZERO } from '../../kernel/decimal';
import { PosProError } from '../../kernel/errors';
import type { FullOrder, OrderLineRow, OrderRow } from './rows';

/** A line before it is written; its number is its place. */
export type LineDraft = Omit<OrderLineRow, 'id' | 'organizationId' | 'orderId' | 'lineNo' | 'returnedQuantity'> & { id?: string };

/** What is set while the order is written. */
type Assigned = 'organizationId' | 'number' | 'receiptNumber' | 'refundedTotal' | 'receivedAt' | 'updatedAt';

/** What few orders have; absent where it is left out. */
type Rare =
  | 'voids'
  | 'tip'
  | 'tipMethod'
  | 'paymentDifference'
  | 'approvedBy'
  | 'minimumAge'
  | 'ageConfirmed'
  | 'ageConfirmedBy'
  | 'exchangeOrderId';

/** An order before it is written. Every amount is rounded to the currency; those of a return are negative. */
export type OrderDraft = Omit<OrderRow, Assigned | Rare | 'training'> &
  Partial<Pick<OrderRow, Rare>> & {
    /** For the numbers: the branch's code. */
    branchCode: string;
    lines: LineDraft[];
    /** Where there is a client reference: `requestHash` of the operation and its input. */
    requestHash?: string | undefined;
  };

/** A draft whose numbers have been given out already. */
export type NumberedDraft = OrderDraft & {
  number: string;
  receiptNumber: string | null;
  refundedTotal?: OrderRow['refundedTotal'];
};

/** The digits of a number, so that numbers sort as texts. */
const DIGITS = 7;

/** The human number of a branch's n-th order: "MAIN-0000042". */
function orderNumber(branchCode: string, count: number): string {
  return `${branchCode}-${String(count).padStart(DIGITS, '0')}`;
}

/** The number on a branch's n-th receipt: "MAIN-R0000042". */
function receiptNumber(branchCode: string, count: number): string {
  return `${branchCode}-R${String(count).padStart(DIGITS, '0')}`;
}

/** The names of a branch's counters (kernel/db/counters.ts). */
const counterNames = (branchId: string) => ({ order: `order:${branchId}`, receipt: `receipt:${branchId}` });

/**
 * Writes an order that gets its number and its receipt number now. The branch's counters are held until the commit, so this comes
 * last in a transaction, after everything that may fail.
 */
export async function insertOrder(tx: Transaction, ctx: Pick<RequestContext, 'ids'>, draft: OrderDraft): Promise<FullOrder> {
  const order = toRow(tx, ctx, { ...draft, number: '', receiptNumber: null });
  const names = counterNames(draft.branchId);
  const taken = await tx.many<{ name: string; value: number }>(sql`
    with number as (${takeNumbers(tx.organizationId, [names.order, names.receipt])}),
    draft as (
      select t.*, (select ${numberText(draft.branchCode, '-')} from number n where n.name = ${names.order}) as number,
        (select ${numberText(draft.branchCode, '-R')} from number n where n.name = ${names.receipt}) as "receiptNumber"
      from jsonb_to_recordset(${headsOf([order], [draft])}::jsonb) as t(${HEAD_COLUMNS})
    ),
    ${writeOrders(tx.organizationId, [order])}
    select name, value from number`);
  const countOf = (name: string) => taken.find((row) => row.name === name)!.value;
  order.number = orderNumber(draft.branchCode, countOf(names.order));
  order.receiptNumber = receiptNumber(draft.branchCode, countOf(names.receipt));
  return order;
}

/** The counter's value as `orderNumber` and `receiptNumber` write it. */
function numberText(branchCode: string, before: '-' | '-R'): Sql {
  return sql`${branchCode + before}::text || lpad(n.value::text, greatest(length(n.value::text), ${DIGITS}), '0')`;
}

function headsOf(orders: readonly FullOrder[], drafts: readonly OrderDraft[]): string {
  return JSON.stringify(orders.map((order, index) => ({ ...without(order, 'lines'), requestHash: drafts[index]!.requestHash })));
}

const HEAD_COLUMNS = sql`id uuid, "branchId" uuid, kind text, status text, channel text, currency text, "pricesIncludeTax" boolean,
  "grossTotal" numeric, subtotal numeric, "discountTotal" numeric, "taxTotal" numeric, rounding numeric, total numeric,
  paid numeric, change numeric, "refundedTotal" numeric, "pointsEarned" int, "customerId" uuid, "cashierId" uuid,
  "registerId" uuid, "registerSessionId" uuid, "warehouseId" uuid, "clientReference" text, "originalOrderId" uuid, reason text,
  voids boolean, tip numeric, "tipMethod" text, "paymentDifference" numeric, "approvedBy" uuid, "minimumAge" int, "ageConfirmed" boolean, "ageConfirmedBy" uuid,
  "exchangeOrderId" uuid, note text, "createdAt" timestamptz, "receivedAt" timestamptz, "businessDate" date,
  "updatedAt" timestamptz, "requestHash" text`;

/** The parts of the statement that write what the part `draft` holds, and the orders' lines. */
function writeOrders(organizationId: string, orders: readonly FullOrder[]): Sql {
  const lines = JSON.stringify(orders.flatMap((order) => order.lines));
  return sql`
    reference as (
      insert into order_references (organization_id, client_reference, order_id, request_hash)
      select ${organizationId}::uuid, d."clientReference", d.id, d."requestHash" from draft d where d."clientReference" is not null
    ),
    placed as (
      insert into orders (id, organization_id, branch_id, number, receipt_number, kind, status, channel, currency,
        prices_include_tax, gross_total, subtotal, discount_total, tax_total, rounding, total, paid, change, refunded_total,
        points_earned, customer_id, cashier_id, register_id, register_session_id, warehouse_id, client_reference,
        original_order_id, reason, voids, tip, tip_method, payment_difference, approved_by, minimum_age, age_confirmed, age_confirmed_by,
        exchange_order_id, note, created_at, received_at, business_date, updated_at)
      select d.id, ${organizationId}::uuid, d."branchId", d.number, d."receiptNumber", d.kind, d.status, d.channel, d.currency,
        d."pricesIncludeTax", d."grossTotal", d.subtotal, d."discountTotal", d."taxTotal", d.rounding, d.total, d.paid, d.change,
        d."refundedTotal", d."pointsEarned", d."customerId", d."cashierId", d."registerId", d."registerSessionId",
        d."warehouseId", d."clientReference", d."originalOrderId", d.reason, d.voids, d.tip, d."tipMethod", d."paymentDifference",
        d."approvedBy", d."minimumAge", d."ageConfirmed", d."ageConfirmedBy", d."exchangeOrderId", d.note, d."createdAt",
        d."receivedAt", d."businessDate", d."updatedAt"
      from draft d
    ),
    lines as (
      insert into order_lines (order_id, line_no, id, organization_id, product_id, variant_id, sku, name, unit, quantity, unit_price,
        list_price, subtotal, discount, tax_rate, net, tax, total, unit_cost, returned_quantity, original_line_id, note)
      select l."orderId", l."lineNo", l.id, ${organizationId}::uuid, l."productId", l."variantId", l.sku, l.name, l.unit, l.quantity,
        l."unitPrice", l."listPrice", l.subtotal, l.discount, l."taxRate", l.net, l.tax, l.total, l."unitCost",
        l."returnedQuantity", l."originalLineId", l.note
      from jsonb_to_recordset(${lines}::jsonb) as l("orderId" uuid, "lineNo" int, id uuid, "productId" uuid,
        "variantId" uuid, sku text, name text, unit text, quantity numeric, "unitPrice" numeric, "listPrice" numeric,
        subtotal numeric, discount numeric, "taxRate" numeric, net numeric, tax numeric, total numeric, "unitCost" numeric,
        "returnedQuantity" numeric, "originalLineId" uuid, note text)
    )`;
}

function without<Whole extends object, Name extends keyof Whole>(whole: Whole, ...names: Name[]): Omit<Whole, Name> {
  const rest: Partial<Whole> = { ...whole };
  for (const name of names) delete rest[name];
  return rest as Omit<Whole, Name>;
}

/** An order as it would be written. */
export function draftedOrder(tx: Transaction, ctx: Pick<RequestContext, 'ids'>, draft: NumberedDraft): FullOrder {
  return toRow(tx, ctx, draft);
}

const NOTHING_RARE = {
  voids: false,
  tip: ZERO,
  tipMethod: null,
  paymentDifference: null,
  approvedBy: null,
  minimumAge: null,
  ageConfirmed: false,
  ageConfirmedBy: null,
  exchangeOrderId: null,
} as const;

function toRow(tx: Transaction, ctx: Pick<RequestContext, 'ids'>, draft: NumberedDraft): FullOrder {
  const { lines, refundedTotal = ZERO } = draft;
  const given = without(draft, 'branchCode', 'requestHash', 'lines');
  const written = { organizationId: tx.organizationId, refundedTotal, receivedAt: tx.now, updatedAt: tx.now };
  return {
    ...NOTHING_RARE,
    ...given,
    ...written,
    lines: lines.map((line, index) => ({
      ...line,
      id: line.id ?? ctx.ids.next(),
      organizationId: tx.organizationId,
      orderId: draft.id,
      lineNo: index + 1,
      returnedQuantity: ZERO,
    })),
  };
}

/** What tells two requests under one client reference apart: SHA-256 over the operation and its input, in hex. */
export function requestHash(operation: string, input: unknown): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    const entries = Object.entries(value).filter(([, entry]) => entry != null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]));
  };
  return createHash('sha256').update(JSON.stringify([operation, sorted(input)])).digest('hex'); // prettier-ignore
}

/**
 * The order that a client reference stands for, if it was used before: long after the idempotency key has been forgotten, and
 * whoever asks now.
 * @throws PosProError 422 IDEMPOTENCY_KEY_REUSED where it stood for another request.
 */
export async function orderByReference(db: Queryable, clientReference: string, hash: string): Promise<string | undefined> {
  const known = await db.maybeOne<{ orderId: string; requestHash: string }>(sql`
    select order_id, request_hash from order_references where client_reference = ${clientReference}`);
  if (known && known.requestHash !== hash) {
    throw new PosProError('IDEMPOTENCY_KEY_REUSED', `The client reference "${clientReference}" stands for another sale.`);
  }
  return known?.orderId;
}
