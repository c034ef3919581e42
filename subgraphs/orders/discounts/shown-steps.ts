/** Campaigns that a basket gets, as they are explained: which, in which order, of which amount, and with which share of each line. */
import { formatMoney } from '#kernel/money';
import type { AppliedCampaign } from '#subgraphs/marketing/index';

/** A step; amounts are formatted. */
export interface ShownStep {
  campaignId: string;
  label: string;
  code: string | null;
  base: string;
  amount: string;
  explanation: string;
  items: { line: number; amount: string }[];
}

/** @param positions of the priced lines, as they are shown. Defaults to 1, 2, 3 … */
export function shownSteps(
  currency: string,
  applied: readonly AppliedCampaign[],
  positions?: readonly number[],
): ShownStep[] {
  return applied.map(({ campaign, code, base, amount, amounts, explanation }) => ({
    base: formatMoney(base, currency),
    amount: formatMoney(amount, currency),
    explanation,
    campaignId: campaign.id,
    label: campaign.name,
    code: code?.code ?? null,
    items: amounts.flatMap((share, index) =>
      share.isZero() ? [] : [{ line: positions?.[index] ?? index + 1, amount: formatMoney(share, currency) }],
    ),
  }));
}
