/** The finance of the demo shop: a filing period that was closed. */
import type { Services } from '#kernel/context';
import { closeTaxPeriod } from '#subgraphs/analytics/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { demoContext } from './shop';

/** Closes the year before the shop's history, so that the examples can close the next month. */
export async function seedFinance(services: Services): Promise<void> {
  const ctx = { ...demoContext(services, 1), ids: wellKnown(services.ids, [demoId.taxPeriod(1)]) };
  await closeTaxPeriod(ctx, { from: '2024-01-01', to: '2024-12-31', note: 'Filed with the former system' });
}
