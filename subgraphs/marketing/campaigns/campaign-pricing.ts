/** The campaigns and codes of one sale: everything that pricing needs is read first, so that the calculation itself is pure. */
import { localTime } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { audienceOf, customerById } from '#subgraphs/customers/index';
import { codeKey } from '../codes/code-text.rules';
import { codeReason, type CodeReason } from '../codes/code-validity.rules';
import { discountCodes, type DiscountCodeRow } from '../tables.generated';
import { customerKeys, type Buyer } from '../uses/customer-keys';
import type { CampaignLine } from './campaign-actions.rules';
import type { MoneyTerms } from './minor-units.rules';
import type { Circumstances } from './campaign-eligibility.rules';
import type { CampaignSet, CompiledCampaign, LocalMoment } from './compile-campaigns.rules';
import { evaluateCampaigns, type CampaignResult } from './evaluate-campaigns.rules';
import { liveCampaigns } from './live-campaigns';

/** A sale to price. */
export interface PricedSale extends MoneyTerms {
  readonly at: Date;
  /** Of the branch, IANA. */
  readonly timeZone: string;
  readonly channel: string;
  readonly branchId: string;
  readonly buyer: Buyer;
  /** As the customer gave them. */
  readonly codes: readonly string[];
}

/** A code of a sale. */
export interface CheckedCode {
  /** As the customer gave it. */
  readonly given: string;
  /** Its position among the given codes. */
  readonly index: number;
  readonly row: DiscountCodeRow | undefined;
  /** The reason why it is invalid for this sale; undefined if its campaign may apply. */
  readonly reason: CodeReason | undefined;
}

/** The campaigns and codes of a sale. */
export interface CampaignPricing {
  readonly codes: readonly CheckedCode[];
  /** Keys of the customer; read only if a limit by customer needs them. */
  readonly customerKeys: readonly string[];
  /** Pure. @param lines of the basket, after their own discounts. */
  evaluate(lines: readonly CampaignLine[]): CampaignResult;
}

const NO_CAMPAIGN: CampaignResult = { applied: [], skipped: [], freeShipping: false, pointsMultiplier: null };

/**
 * Reads the campaigns of a sale. Sends no statement if the live campaigns are cached, none of them is limited, and there are no codes.
 * Groups and segments of the customer are read only if a campaign that may apply is limited to some.
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 */
export async function campaignPricing(
  ctx: RequestContext,
  db: Queryable,
  sale: PricedSale,
): Promise<CampaignPricing> {
  const set = await liveCampaigns(ctx, db);
  if (set.campaigns.length === 0 && sale.codes.length === 0)
    return { codes: [], customerKeys: [], evaluate: () => NO_CAMPAIGN };
  const rows = await codeRows(db, sale.codes);
  const campaignOf = (id: string) => set.campaigns.find((campaign) => campaign.id === id);
  const possible = possibleCampaigns(set, rows);
  const limited = possible.filter(isLimited);
  const byCustomer = [...rows.values(), ...limited].some((subject) => subject.usesPerCustomer !== null);
  const keys = byCustomer ? await customerKeys(ctx, db, sale.buyer) : [];
  const facts = await limitFacts(db, limited, rows, keys);
  const codes = checkedCodes(sale, rows, (row) => {
    const campaign = campaignOf(row.campaignId);
    const uses = facts.customerUses.get(row.id) ?? 0;
    return codeReason(row, {
      at: sale.at,
      isLive: campaign !== undefined,
      customerId: sale.buyer.customerId,
      keys,
      uses,
    });
  });
  const audiences = await audiencesOf(db, sale, possible);
  const circumstances = { ...circumstancesOf(sale, codes, limited, facts, keys), audiences };
  return {
    codes,
    customerKeys: keys,
    evaluate: (lines) => evaluateCampaigns(set, lines, circumstances, sale),
  };
}

/** The codes by their keys. */
async function codeRows(db: Queryable, codes: readonly string[]): Promise<Map<string, DiscountCodeRow>> {
  if (codes.length === 0) return new Map();
  const rows = await db.many<DiscountCodeRow>(sql`
    select ${discountCodes.columns} from discount_codes
    where organization_id = ${db.organizationId}::uuid and code_key = any(${codes.map(codeKey)}::text[])`);
  return new Map(rows.map((row) => [row.codeKey, row]));
}

/** Campaigns that may apply: those without a code, and those of the given codes. */
function possibleCampaigns({ campaigns }: CampaignSet, rows: ReadonlyMap<string, DiscountCodeRow>) {
  const ofCodes = new Set([...rows.values()].map(({ campaignId }) => campaignId));
  return campaigns.filter(({ id, requiresCode }) => !requiresCode || ofCodes.has(id));
}

function isLimited({ budget, usesLimit, usesPerCustomer }: CompiledCampaign): boolean {
  return budget !== null || usesLimit !== null || usesPerCustomer !== null;
}

/** Those groups and segments of the customer that campaigns name. Up to four statements; none without such a campaign or a customer. */
async function audiencesOf(
  db: Queryable,
  { at, buyer: { customerId } }: PricedSale,
  possible: readonly CompiledCampaign[],
): Promise<ReadonlySet<string>> {
  const segmentIds = [...new Set(possible.flatMap((campaign) => campaign.segmentIds))];
  const isChosen = segmentIds.length > 0 || possible.some(({ groupIds }) => groupIds.length > 0);
  // The sale may name a customer by the id from before a merge.
  const customer = isChosen && customerId !== null ? await customerById(db, customerId) : undefined;
  if (!customer) return new Set();
  const audience = await audienceOf(db, customer.id, { segmentIds, now: at });
  return new Set([...audience.groupIds, ...audience.segmentIds]);
}

/** Numbers that limits are compared with. They may change until the sale is posted, which compares them again under locks. */
interface LimitFacts {
  /** By campaign. */
  readonly heads: ReadonlyMap<string, { uses: number; spent: Decimal }>;
  /** Most uses of one of the customer's keys, by campaign or code. */
  readonly customerUses: ReadonlyMap<string, number>;
}

async function limitFacts(
  db: Queryable,
  limited: readonly CompiledCampaign[],
  codes: ReadonlyMap<string, DiscountCodeRow>,
  keys: readonly string[],
): Promise<LimitFacts> {
  const ids = limited.map(({ id }) => id);
  const heads =
    ids.length === 0
      ? []
      : await db.many<{ id: string; uses: number; spent: Decimal }>(sql`
          select id, uses, spent from campaigns where id = any(${ids}::uuid[])`);
  const subjects = [...ids, ...[...codes.values()].map(({ id }) => id)];
  const counts =
    keys.length === 0
      ? []
      : await db.many<{ subjectId: string; uses: number }>(sql`
          select subject_id, max(uses) as uses from customer_uses
          where organization_id = ${db.organizationId}::uuid and subject_id = any(${subjects}::uuid[]) and customer_key = any(${keys}::text[])
          group by subject_id`);
  return {
    heads: new Map(heads.map(({ id, ...head }) => [id, head])),
    customerUses: new Map(counts.map(({ subjectId, uses }) => [subjectId, uses])),
  };
}

/** The given codes; one that is given twice is checked once. */
function checkedCodes(
  { codes }: PricedSale,
  rows: ReadonlyMap<string, DiscountCodeRow>,
  reasonOf: (row: DiscountCodeRow) => CodeReason | undefined,
): CheckedCode[] {
  const keys = codes.map(codeKey);
  return codes.flatMap((given, index) => {
    const key = keys[index]!;
    if (keys.indexOf(key) !== index) return [];
    const row = rows.get(key);
    return [{ given, index, row, reason: row ? reasonOf(row) : 'unknown' }];
  });
}

function circumstancesOf(
  { at, timeZone, channel, branchId, buyer }: PricedSale,
  codes: readonly CheckedCode[],
  limited: readonly CompiledCampaign[],
  { heads, customerUses }: LimitFacts,
  keys: readonly string[],
): Omit<Circumstances, 'audiences'> {
  const valid = codes.flatMap(({ row, reason }) => (row && reason === undefined ? [row] : []));
  const usedUp = new Map<string, 'uses' | 'customer_uses'>();
  const remainingBudgets = new Map<string, Decimal>();
  for (const { id, budget, usesLimit, usesPerCustomer } of limited) {
    const head = heads.get(id);
    if (usesLimit !== null && head && head.uses >= usesLimit) usedUp.set(id, 'uses');
    else if (usesPerCustomer !== null && (customerUses.get(id) ?? 0) >= usesPerCustomer)
      usedUp.set(id, 'customer_uses');
    if (budget && head) remainingBudgets.set(id, budget.minus(head.spent));
  }
  return {
    ...{ at, channel, branchId, customerId: buyer.customerId, usedUp, remainingBudgets },
    local: () => localMoment(at, timeZone),
    identified: keys.length > 0,
    // The first of several codes of a campaign is used.
    codes: new Map(valid.reverse().map((row) => [row.campaignId, row])),
  };
}

function localMoment(at: Date, timeZone: string): LocalMoment {
  const [day, time] = localTime(at, timeZone).split(' ') as [string, string];
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return { weekday, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3)) };
}
