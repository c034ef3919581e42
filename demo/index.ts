import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { storeReportDays } from '#subgraphs/analytics/index';
import { runLoyalty } from '#subgraphs/marketing/index';
import { seedBackups } from './backups';
import { seedCatalogExamples } from './catalog';
import { seedCustomers } from './customers';
import { seedToday } from './examples';
import { seedFinance } from './finance';
import { seedGiftCards } from './gift-cards';
import { DEMO_DAYS, seedHistory } from './history';
import { seedCurrencies, seedTranslations } from './i18n';
import { seedLoyaltyProgram, seedMembers } from './loyalty';
import { seedMarketing } from './marketing';
import { seedOffline } from './offline';
import { seedOrders } from './orders';
import { seedPayments } from './payments';
import { seedPictures } from './pictures';
import { demoProducts } from './products';
import { seedShipping } from './shipping';
import { demoId } from './ids';
import { seedGoods, seedPeople } from './shop';
import { seedStock } from './stock';
import { seedStorefront } from './storefront';
import { seedSupport } from './support';
import { seedVendors } from './vendors';
import { seedWebhooks } from './webhooks';

/**
 * Creates the demo shop in an empty database; a database with an organization is not changed.
 *
 * @param onProgress receives progress messages, a line each.
 * @param days the length of the shop's history.
 * @returns whether the shop was created now.
 */
export async function seedDemo(
  services: Services,
  onProgress: (message: string) => void = () => undefined,
  days = DEMO_DAYS,
): Promise<boolean> {
  const { count } = await services.database.system.one<{ count: number }>(
    sql`select count(*) as count from organizations`,
  );
  if (count > 0) return false;
  const products = demoProducts(await seedPictures(services));
  onProgress('demo shop: people and branches');
  await seedPeople(services);
  await seedCurrencies(services);
  onProgress(`demo shop: ${products.length} products, customers, registers`);
  await seedGoods(services, products);
  await seedTranslations(services);
  await seedMarketing(services);
  await seedLoyaltyProgram(services);
  await seedCustomers(services);
  await seedHistory(services, products, days, (done) => {
    if (done % 15 === 0) onProgress(`demo shop: ${done} of ${days} days of sales`);
  });
  await seedMembers(services);
  await seedToday(services);
  await seedOrders(services);
  await seedGiftCards(services);
  await seedOffline(services);
  await seedCatalogExamples(services);
  await seedStock(services);
  await seedWebhooks(services);
  await seedBackups(services);
  await seedShipping(services);
  await seedStorefront(services);
  await seedPayments(services);
  await seedSupport(services);
  await seedVendors(services);
  await seedFinance(services);
  // The points and tiers of all these sales, and the figures of their days: a fresh shop has nothing left to do.
  await runLoyalty(services);
  await storeReportDays(services, demoId.organization(1));
  return true;
}
