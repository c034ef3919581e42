/** A basket against the live campaigns of a large shop, in this process: there is no statement in it to compare with. */
import { Decimal } from '#kernel/decimal';
import type { CampaignLine } from '#subgraphs/marketing/campaigns/campaign-actions.rules';
import { compileCampaigns } from '#subgraphs/marketing/campaigns/compile-campaigns.rules';
import { evaluateCampaigns } from '#subgraphs/marketing/campaigns/evaluate-campaigns.rules';
import type { CampaignRow } from '#subgraphs/marketing/tables.generated';
import { ALL, campaign, idOf, minimum, off, percent } from '#test/marketing/campaigns/baskets';
import type { Bench, Row } from '../row';
import { median } from '../statistics';

const CAMPAIGNS = 500;
const LINES = 20;
const VARIANTS = 2_000;
const CATEGORIES = 100;
const BRANDS = 50;
const WINDOWS = 3;
const TERMS = { currency: 'EUR', roundingMode: 'HALF_UP' } as const;

export const basketCampaigns: Row = {
  name: 'campaigns',
  measure({ seconds }: Bench) {
    const set = compileCampaigns(liveCampaigns(), (id) => [id]);
    const lines = basketLines();
    const circumstances = {
      at: new Date('2026-11-27T12:00:00Z'),
      local: () => ({ weekday: 4, minute: 13 * 60 }),
      ...{
        channel: 'pos',
        branchId: 'main',
        customerId: null,
        identified: false,
        audiences: new Set<string>(),
      },
      ...{ codes: new Map(), usedUp: new Map(), remainingBudgets: new Map() },
    };
    const evaluate = () => evaluateCampaigns(set, lines, circumstances, TERMS);
    cpuMsOf(evaluate, seconds / 2);
    const windows = Array.from({ length: WINDOWS }, () => cpuMsOf(evaluate, seconds / WINDOWS));
    const { applied, skipped } = evaluate();
    return Promise.resolve([
      {
        name: 'campaigns',
        title: `basket of ${LINES} lines against ${CAMPAIGNS} live campaigns, in this process`,
        clients: 1,
        unit: 'baskets',
        ours: { nodeCpuMs: median(windows), perSecond: 1000 / median(windows) },
        more: { applied: applied.length, 'skipped with a reason': skipped.length },
        targets: [{ figure: 'nodeCpuMs', maximum: 1 }],
      },
    ]);
  },
};

/** Of ten campaigns, four name variants, two a category, one a brand, one the whole basket from an amount on, and two need a code. */
function liveCampaigns(): CampaignRow[] {
  const scopes = [
    ...Array.from({ length: 4 }, () => (n: number) => ({
      items: { ...ALL, variantIds: [variant(n * 37), variant(n * 53)] },
    })),
    ...Array.from({ length: 2 }, () => (n: number) => ({
      items: { ...ALL, categoryIds: [idOf(`c${n % CATEGORIES}`)] },
    })),
    (n: number) => ({ items: { ...ALL, brandIds: [idOf(`b${n % BRANDS}`)] } }),
    (n: number) => ({ conditions: [minimum(String(50 + n))], stackingGroup: 'basket' }),
    ...Array.from({ length: 2 }, () => () => ({ requiresCode: true })),
  ];
  return Array.from({ length: CAMPAIGNS }, (_, n) => {
    const action = n % 3 === 0 ? off('3') : percent(String(5 + (n % 20)));
    const stacking = n % 5 === 0 ? 'exclusive' : 'stackable';
    return campaign(n, action, { stacking, ...scopes[n % scopes.length]!(n) });
  });
}

function basketLines(): CampaignLine[] {
  return Array.from({ length: LINES }, (_, n) => ({
    variantId: variant(n * 37),
    productId: variant(n * 37),
    categoryId: idOf(`c${(n * 7) % CATEGORIES}`),
    brandId: idOf(`b${(n * 3) % BRANDS}`),
    quantity: new Decimal(1 + (n % 3)),
    amount: new Decimal(300 + n * 137).dividedBy(100),
  }));
}

function variant(number: number): string {
  return idOf(`v${number % VARIANTS}`);
}

/** Processor time of one call, in milliseconds. */
function cpuMsOf(work: () => unknown, seconds: number): number {
  const start = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  for (; performance.now() < end; calls += 1) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / calls;
}
