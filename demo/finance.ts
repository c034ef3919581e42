/** The finance of the demo shop: a filing period that was closed, and the numbers of its accountant. */
import type { Services } from '#kernel/context';
import { closeTaxPeriod, updateAccountingSettings } from '#subgraphs/analytics/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { demoContext } from './shop';

/** Closes the year before the shop's history, so that the examples can close the next month; and enters the accountant of DATEV's examples. */
export async function seedFinance(services: Services): Promise<void> {
  const ctx = { ...demoContext(services, 1), ids: wellKnown(services.ids, [demoId.taxPeriod(1)]) };
  await closeTaxPeriod(ctx, { from: '2024-01-01', to: '2024-12-31', note: 'Filed with the former system' });
  await updateAccountingSettings(ctx, { consultantNumber: 29_098, clientNumber: 55_003 });
}
