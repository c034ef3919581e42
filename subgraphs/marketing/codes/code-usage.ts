/** The uses of a code. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import {
  campaignEntries,
  discountCodes,
  type CampaignEntryRow,
  type DiscountCodeRow,
} from '../tables.generated';
import { codeKey } from './code-text.rules';

/** A code with its latest entries. */
export interface CodeUsage extends DiscountCodeRow {
  readonly remaining: number | null;
  readonly amount: Decimal;
  readonly entries: readonly CampaignEntryRow[];
}

const SHOWN = 100;

/** The uses of a code in any spelling. @throws PosProError 404 */
export async function discountUsage(ctx: RequestContext, code: string): Promise<CodeUsage> {
  const row = await ctx.db.maybeOne<DiscountCodeRow & { amount: Decimal | null }>(sql`
    select ${discountCodes.select('c')}, (select sum(e.amount) from campaign_entries e where e.code_id = c.id) as amount
    from discount_codes c where c.code_key = ${codeKey(code)}`);
  if (!row) throw new PosProError('NOT_FOUND', `There is no discount code "${code}".`);
  const entries = await ctx.db.many<CampaignEntryRow>(sql`
    select ${campaignEntries.select('e')} from campaign_entries e where e.code_id = ${row.id} order by e.id desc limit ${SHOWN}`);
  const remaining = row.usesLimit === null ? null : Math.max(0, row.usesLimit - row.uses);
  return { ...row, remaining, amount: row.amount ?? ZERO, entries };
}
