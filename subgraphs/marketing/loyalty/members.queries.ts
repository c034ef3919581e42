/** The points and tiers of customers, as people read them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal, ZERO } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import { NEWEST_ENTRY_FIRST, listPage, type Page, type PageArgs } from '#kernel/paging';
import { requireCustomer } from '#subgraphs/customers/index';
import {
  loyaltyAccounts,
  loyaltyEntries,
  type LoyaltyAccountRow,
  type LoyaltyEntryRow,
} from '../tables.generated';
import { pointsValue } from './points.rules';
import { loyaltyProgram } from './program';
import { listTiers, type LoyaltyTier } from './tiers';

/** A customer's points. All are zero for a customer who is not enrolled. */
export interface LoyaltyBalance {
  customerId: string;
  currency: string;
  points: number;
  value: Decimal;
  pending: number;
  tier: LoyaltyTier | null;
  tierUntil: Date | null;
  spend: Decimal;
  nextTier: LoyaltyTier | null;
  spendToNextTier: Decimal | null;
  birthday: string | null;
  enrolledAt: Date | null;
}

/** @throws PosProError 404 for an unknown or erased customer. */
export async function loyaltyBalance(
  ctx: Pick<RequestContext, 'clock'>,
  db: Queryable,
  customerId: string,
): Promise<LoyaltyBalance> {
  const { id } = await requireCustomer(db, customerId);
  const program = await loyaltyProgram(db);
  const tiers = await listTiers(db);
  const account = await db.maybeOne<LoyaltyAccountRow & { spend: Decimal }>(sql`
    select ${loyaltyAccounts.select('a')}, ${spendSince(sql`a.customer_id`, ctx.clock.now(), program.tierMonths)} as spend
    from loyalty_accounts a where a.customer_id = ${id}`);
  const { balance = 0, pending = 0, spend = ZERO, tierId = null } = account ?? {};
  const tier = tiers.find((candidate) => candidate.id === tierId) ?? null;
  const nextTier = tiers.find(({ threshold }) => threshold.greaterThan(tier?.threshold ?? -1)) ?? null;
  const { currency } = program;
  return {
    customerId: id,
    currency,
    points: balance,
    value: pointsValue(program, Math.max(balance, 0), currency),
    pending,
    tier,
    tierUntil: account?.tierUntil ?? null,
    spend,
    nextTier,
    spendToNextTier: nextTier && Decimal.max(ZERO, nextTier.threshold.minus(spend)),
    birthday: account?.birthday ?? null,
    enrolledAt: account?.enrolledAt ?? null,
  };
}

/** The spend of a customer, and of those merged with the customer, in so many months before a moment, as an expression. */
export function spendSince(customerId: ReturnType<typeof sql>, until: Date, months: number) {
  return sql`(select coalesce(sum(e.amount), 0) from loyalty_entries e
    where (e.customer_id = ${customerId} or e.customer_id in (select m.customer_id from loyalty_accounts m where m.merged_into_id = ${customerId}))
    and e.spent_at > ${until}::timestamptz - make_interval(months => ${months}) and e.spent_at <= ${until})`;
}

/** Points that expire at one moment. */
export interface ExpiringPoints {
  points: number;
  expiresAt: Date;
}

/** Most dates of expiry that are shown. */
const MAX_EXPIRING = 50;

/** The points of a customer that expire, the earliest first. */
export async function expiringPoints(db: Queryable, customerId: string): Promise<ExpiringPoints[]> {
  return db.many<ExpiringPoints>(sql`
    select l.expires_at, sum(l.remaining)::int as points from loyalty_lots l
    where l.customer_id = ${customerId} and l.remaining > 0 and l.expires_at is not null
    group by l.expires_at order by l.expires_at limit ${MAX_EXPIRING}`);
}

/** A page of the entries of a customer, the newest first. @throws PosProError 404 for an unknown or erased customer. */
export async function listLoyaltyEntries(
  db: Queryable,
  customerId: string,
  args: PageArgs,
): Promise<Page<LoyaltyEntryRow>> {
  const { id } = await requireCustomer(db, customerId);
  const list = {
    select: loyaltyEntries.select('e'),
    from: sql`loyalty_entries e`,
    where: [sql`e.customer_id = ${id}`],
    ...NEWEST_ENTRY_FIRST,
  };
  return listPage<LoyaltyEntryRow>(db, list, args);
}

/** The points and the tier of customers, by their ids; without those who are not enrolled. */
export async function membersByIds(
  db: Queryable,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, Pick<LoyaltyAccountRow, 'balance' | 'tierId'>>> {
  const rows = await db.many<Pick<LoyaltyAccountRow, 'customerId' | 'balance' | 'tierId'>>(sql`
    select a.customer_id, a.balance, a.tier_id from loyalty_accounts a
    where a.customer_id = any(${customerIds.filter(isUuid)}::uuid[])`);
  return new Map(rows.map((row) => [row.customerId, row]));
}
