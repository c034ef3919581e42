/** Amounts to post, by business day, branch and kind: from the amounts of profit and loss, cash flow and taxes, and from the ledgers. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import type { JournalKind, PaymentMethodKind } from '../../inputs.generated';
import { openDays } from '../../report-days/report-days.queries';
import { daysUntilEnd, flows } from '../cash-flow/cash-flow.queries';
import {
  lineSums,
  orderSums,
  stockCosts,
  vendorEntries,
  type CoveredRange,
} from '../profit-loss/day-figures.queries';
import { branchDay, ofBranch, type FinanceRange } from '../range/finance-range';

/** An amount to post. The kind names both accounts; a negative amount swaps them. */
export interface PostingRow {
  /** Unique in the journal, and the same whenever it is asked for. */
  readonly id: string;
  /** "YYYY-MM-DD". */
  readonly date: string;
  /** Null for what belongs to no branch. */
  readonly branchId: string | null;
  readonly kind: JournalKind;
  /** Of money, the payment method; else null. */
  readonly method: PaymentMethodKind | null;
  /** In percent, of what is posted by tax rate; else null. */
  readonly taxRate: Decimal | null;
  /** Of what is posted by tax rate: the code of the tax class when it was sold; null without one. */
  readonly taxClass: string | null;
  /** Not zero. */
  readonly amount: Decimal;
}

/** The kinds of postings of the flows of money, by the names of the cash flow. */
const FLOW_KINDS = sql`(values ('sale', 'payments'), ('refund', 'payment_refunds'), ('tip', 'tips'), ('account_payment', 'account_payments'),
  ('cash_in', 'cash_in'), ('cash_out', 'cash_out'), ('cash_over', 'cash_over'), ('cash_short', 'cash_short'), ('payment_fee', 'payment_fees'),
  ('vendor_payout', 'vendor_payouts'), ('vendor_payout_return', 'vendor_payout_returns')) k(flow, kind)`;

/** Lines and orders: each amount of a row is a posting. */
const ordersPart = (range: CoveredRange): Sql => sql`
  select s.day, s.branch_id, p.kind, null::text as method, p.rate as tax_rate, case when p.rate is not null then s.tax_class end as tax_class, p.amount
  from (${lineSums(range)}) s
  cross join lateral (values ('sales', s.tax_rate, s.revenue), ('discounts', s.tax_rate, s.discounts), ('refunds', s.tax_rate, s.refunds),
    ('sales_tax', s.tax_rate, s.sales_tax), ('refunds_tax', s.tax_rate, s.refunds_tax), ('vendor_goods', s.tax_rate, s.vendor_net),
    ('vendor_goods_tax', s.tax_rate, s.vendor_tax), ('gift_card_sales', null, s.gift_cards),
    ('gift_card_tax', s.tax_rate, -s.sales_tax - s.refunds_tax - s.vendor_tax)) p(kind, rate, amount)
  union all
  select s.day, s.branch_id, p.kind, null, p.rate, case when p.rate is not null then s.tax_class end, p.amount
  from (${orderSums(range)}) s
  cross join lateral (values ('shipping', s.tax_rate, s.shipping), ('shipping_tax', s.tax_rate, s.shipping_tax),
    ('gift_card_tax', s.tax_rate, -s.shipping_tax), ('cash_rounding', null, s.rounding),
    ('payment_differences', null, s.payment_difference)) p(kind, rate, amount)`;

/**
 * Recorded taxes of the days. Those that belong to neither goods nor shipping, which the part above subtracts, are of single-purpose gift
 * cards: sold, or already taxed when they pay.
 */
const taxesPart = ({ branchIds, from, to }: FinanceRange): Sql => sql`
  select t.business_date, t.branch_id, 'gift_card_tax', null, t.rate, nullif(t.tax_class, ''), t.tax from order_day_taxes t
  where t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date`;

const moneyPart = (range: JournalRange): Sql => sql`
  select f.day, f.branch_id, k.kind, f.method, null, null, f.amount
  from (${flows(range.untilEnd)}) f join ${FLOW_KINDS} on k.flow = f.kind where f.day >= ${range.from}::date`;

/** Entries of the ledgers `e` whose branch is `b`, on the days. */
const entriesOf = (range: FinanceRange, table: Sql): Sql => sql`
  from ${table} e left join branches b on b.id = e.branch_id
  where ${branchDay(sql`e.created_at`)} between ${range.from}::date and ${range.to}::date and ${ofBranch(range)}`;

/** Ledgers of customers. A transfer between two customers changes no sum. */
const ledgersPart = (range: FinanceRange): Sql => sql`
  select ${branchDay(sql`e.created_at`)}, b.id,
    case when e.kind in ('redemption', 'refund') then 'gift_card_payments'
      when e.reference_type <> 'order' or e.kind = 'adjustment' then 'gift_card_grants'
      when (select c.order_line_id from gift_cards c where c.id = e.gift_card_id) is null then 'gift_card_payments'
      else 'gift_cards_issued' end,
    null, null, null, e.amount
  ${entriesOf(range, sql`gift_card_entries`)}
  union all
  select ${branchDay(sql`e.created_at`)}, b.id,
    case when e.kind = 'expiry' then 'store_credit_expiry' when e.reference_type = 'order' then 'store_credit_payments' else 'store_credit_grants' end,
    null, null, null, e.amount
  ${entriesOf(range, sql`store_credit_entries`)} and e.kind <> 'transfer'
  union all
  select e.business_date, b.id, case when e.kind = 'correction' then 'account_corrections' else 'account_sales' end, null, null, null, e.amount
  from customer_credit_entries e left join branches b on b.id = e.branch_id
  where e.kind in ('sale', 'refund', 'correction') and e.business_date between ${range.from}::date and ${range.to}::date and ${ofBranch(range)}`;

/** Ledgers of vendors, without payouts, which are money. */
const vendorsPart = (range: FinanceRange): Sql => sql`
  select e.day, e.branch_id, case e.kind when 'commission' then 'commission' when 'commission_tax' then 'commission_tax' else 'vendor_sales' end,
    null, null, null, e.amount
  from (${vendorEntries(range)}) e where e.kind not in ('payout', 'payout_return')`;

const stockPart = (range: CoveredRange): Sql => sql`
  select c.day, c.branch_id, c.kind, null, null, null, c.amount from (${stockCosts(range)}) c`;

/** All postings of the days; a kind whose amounts sum to zero on a day has none. */
const postings = (range: JournalRange): Sql => sql`
  select concat_ws(' ', p.day, coalesce(p.branch_id::text, '-'), p.kind, coalesce(p.method, '-'), trim_scale(p.tax_rate), p.tax_class) as id, p.day, p.branch_id, p.kind, p.method,
    p.tax_rate, p.tax_class, sum(p.amount) as amount
  from (
    ${ordersPart(range)} union all ${taxesPart(range)} union all ${moneyPart(range)} union all ${ledgersPart(range)}
    union all ${vendorsPart(range)} union all ${stockPart(range)}
  ) p
  group by p.day, p.branch_id, p.kind, p.method, p.tax_rate, p.tax_class having sum(p.amount) <> 0`;

const POSTING = sql`p.id, p.day::text as date, p.branch_id, p.kind, p.method, p.tax_rate, p.tax_class, p.amount`;

/** The range, and all days until its end. */
interface JournalRange extends CoveredRange {
  readonly untilEnd: CoveredRange;
}

async function journalRange(db: Queryable, range: FinanceRange): Promise<JournalRange> {
  const [open, untilEnd] = await Promise.all([openDays(db, 'orders', range), daysUntilEnd(db, range)]);
  return { ...range, openDays: open, untilEnd };
}

/** A page of the postings, the oldest day first. */
export async function listPostings(
  db: Queryable,
  choice: FinanceRange,
  page: PageArgs,
): Promise<Page<PostingRow>> {
  const range = await journalRange(db, choice);
  const list = {
    select: POSTING,
    from: sql`(${postings(range)}) p`,
    where: [],
    sorts: { date: sql`p.day` },
    defaultSort: 'date',
    id: sql`p.id`,
  };
  return listPage<PostingRow>(db, list, page);
}

/** All postings, the oldest day first. @param limit of rows. */
export async function allPostings(db: Queryable, choice: FinanceRange, limit: number): Promise<PostingRow[]> {
  const range = await journalRange(db, choice);
  return db.many<PostingRow>(sql`
    select ${POSTING} from (${postings(range)}) p order by p.day, p.id limit ${limit}`);
}
