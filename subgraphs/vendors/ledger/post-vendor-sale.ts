/** The vendors' part of a sale: commission frozen line by line, and entries of their ledgers, in the order's transaction. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { categoriesOfProducts } from '#subgraphs/catalog/index';
import {
  commissionOf,
  matchingRule,
  shippingShares,
  taxOnCommission,
  type MonthTotals,
} from '../commission/commission.rules';
import { orderedRules } from '../commission/commission-rules';
import {
  vendorMonths,
  vendorOrderItems,
  vendorOrders,
  type CommissionRuleRow,
  type VendorOrderItemRow,
  type VendorOrderRow,
  type VendorRow,
} from '../tables.generated';
import { lockVendors, postEntries, type PostedEntry } from './vendor-ledger';

/** A sold line; `vendorId` is null for goods of the shop. */
export interface SoldLine extends Pick<
  VendorOrderItemRow,
  'id' | 'productId' | 'sku' | 'name' | 'quantity' | 'net' | 'total'
> {
  readonly vendorId: string | null;
}

/** An order that becomes a sale. */
export interface VendorSale {
  readonly id: string;
  readonly number: string;
  readonly branchId: string;
  readonly currency: string;
  /** The branch's day of the sale; its month decides graded commission. */
  readonly businessDate: string;
  readonly shippingTotal: Decimal;
  /** The prices, with tax, of the shipments of each vendor's goods, null for those of the shop; null for one shipment of all goods. */
  readonly vendorShipping: readonly { readonly vendorId: string | null; readonly total: string }[] | null;
  readonly lines: readonly SoldLine[];
}

type VendorLine = SoldLine & { readonly vendorId: string };

const DAY_MS = 86_400_000;

/**
 * Posts a sale to the ledgers of the vendors whose goods it has. Sends nothing without such goods.
 * @param soldAt when the order became a sale.
 * @param delivered whether the customer has the goods, so that the hold begins now.
 */
export async function postVendorSale(
  tx: Transaction,
  ctx: RequestContext,
  sale: VendorSale,
  { soldAt, delivered }: { soldAt: Date; delivered: boolean },
): Promise<void> {
  const lines = sale.lines.filter((line): line is VendorLine => line.vendorId !== null);
  if (lines.length === 0) return;
  // The lock comes first: what is read after it includes all earlier sales of the month.
  const locked = await lockVendors(
    tx,
    lines.map(({ vendorId }) => vendorId),
  );
  const month = `${sale.businessDate.slice(0, 'YYYY-MM'.length)}-01`;
  const [rules, categories, months] = await Promise.all([
    orderedRules(tx),
    categoriesOfProducts(
      tx,
      lines.map(({ productId }) => productId),
    ),
    monthTotals(tx, [...locked.keys()], month),
  ]);
  const frozen = lines.map((line) => {
    const vendor = locked.get(line.vendorId)!;
    const item = { ...line, categoryIds: categories.get(line.productId) ?? [] };
    const before = months.get(vendor.id) ?? { net: ZERO, total: ZERO };
    months.set(vendor.id, { net: before.net.plus(line.net), total: before.total.plus(line.total) });
    const place = { orderId: sale.id, orderNumber: sale.number, currency: sale.currency, soldAt };
    const commission = frozenCommission(
      matchingRule(rules, item, soldAt),
      line,
      before,
      vendor,
      sale.currency,
    );
    return vendorOrderItems.complete({ ...line, ...place, ...commission, organizationId: tx.organizationId });
  });
  const heads = vendorOrdersOf(tx, ctx, sale, frozen, (vendorId) => {
    const { holdDays } = locked.get(vendorId)!;
    return { soldAt, availableAt: delivered ? new Date(soldAt.getTime() + holdDays * DAY_MS) : null };
  });
  await postEntries(tx, ctx, locked, frozen.flatMap(saleEntries), [
    sql`head as (${vendorOrders.insertMany(heads)})`,
    sql`item as (${vendorOrderItems.insertMany(frozen)})`,
    monthPart(tx, month, frozen),
  ]);
}

function frozenCommission(
  rule: CommissionRuleRow | undefined,
  line: VendorLine,
  before: MonthTotals,
  { commissionTaxRate }: VendorRow,
  currency: string,
) {
  const commission = rule ? commissionOf(rule, line, before, currency) : ZERO;
  return {
    commissionRuleId: rule?.id ?? null,
    commission,
    commissionTax: taxOnCommission(commission, commissionTaxRate, currency),
  };
}

/** The entries of a sold line: its price is the vendor's, the commission and the tax on it are the shop's. */
function saleEntries(item: VendorOrderItemRow): PostedEntry[] {
  const { vendorId, orderId, id: orderLineId, total, commission, commissionTax } = item;
  const line = { vendorId, orderId, orderLineId };
  return [
    { ...line, kind: 'sale', amount: total },
    { ...line, kind: 'commission', amount: commission.negated() },
    { ...line, kind: 'commission_tax', amount: commissionTax.negated() },
  ];
}

/** The parts of an order that belong to its vendors: with the shop's own part, they sum to the order. */
function vendorOrdersOf(
  tx: Transaction,
  ctx: RequestContext,
  { id: orderId, number: orderNumber, branchId, currency, ...sale }: VendorSale,
  items: readonly VendorOrderItemRow[],
  timesOf: (vendorId: string) => Pick<VendorOrderRow, 'soldAt' | 'availableAt'>,
): VendorOrderRow[] {
  const shipping = shippingShares(sale.shippingTotal, shippingWeights(sale), currency);
  return [...groupBy(items, ({ vendorId }) => vendorId)].map(([vendorId, own]) =>
    vendorOrders.complete({
      id: ctx.ids.next(),
      organizationId: tx.organizationId,
      vendorId,
      orderId,
      orderNumber,
      branchId,
      currency,
      itemsTotal: sum(own.map(({ total }) => total)),
      shippingTotal: shipping.get(vendorId) ?? ZERO,
      commission: sum(own.map(({ commission }) => commission)),
      commissionTax: sum(own.map(({ commissionTax }) => commissionTax)),
      ...timesOf(vendorId),
    }),
  );
}

/** By which vendors share in the shipping: the prices of their own shipments, or the values of their goods in one of all. */
function shippingWeights({ vendorShipping, lines }: Pick<VendorSale, 'vendorShipping' | 'lines'>) {
  const priced = vendorShipping?.map(({ vendorId, total }) => ({ vendorId, total: new Decimal(total) }));
  return priced?.some(({ total }) => !total.isZero()) ? priced : lines;
}

async function monthTotals(
  tx: Transaction,
  vendorIds: readonly string[],
  month: string,
): Promise<Map<string, MonthTotals>> {
  const rows = await tx.many<MonthTotals & { vendorId: string }>(sql`
    select m.vendor_id, m.net, m.total from vendor_months m where m.vendor_id = any(${vendorIds}::uuid[]) and m.month = ${month}::date`);
  return new Map(rows.map(({ vendorId, net, total }) => [vendorId, { net, total }]));
}

/** The part of the statement that adds the sold lines to the month of their vendors. A refund does not subtract from it. */
function monthPart(
  { organizationId }: Transaction,
  month: string,
  items: readonly VendorOrderItemRow[],
): Sql {
  const rows = [...groupBy(items, ({ vendorId }) => vendorId)].map(([vendorId, own]) => {
    const amounts = { net: sum(own.map(({ net }) => net)), total: sum(own.map(({ total }) => total)) };
    return { organizationId, vendorId, month, ...amounts };
  });
  return sql`month as (
    insert into vendor_months as running (${vendorMonths.columns}) select ${vendorMonths.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (${vendorMonths.definitions})
    on conflict (organization_id, vendor_id, month) do update set net = running.net + excluded.net, total = running.total + excluded.total
  )`;
}

/** Starts the hold of an order that was delivered: the moment from which its proceeds can be paid out. One statement. */
export async function deliverVendorOrders(
  tx: Transaction,
  orderId: string,
  deliveredAt: Date,
): Promise<void> {
  await tx.run(sql`
    update vendor_orders o set available_at = ${deliveredAt}::timestamptz + v.hold_days * interval '1 day'
    from vendors v where o.organization_id = ${tx.organizationId}::uuid and o.order_id = ${orderId}::uuid and o.available_at is null and v.id = o.vendor_id`);
}
