import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { seedCatalogExamples } from './catalog';
import { seedToday } from './examples';
import { DEMO_DAYS, seedHistory } from './history';
import { seedOffline } from './offline';
import { seedPictures } from './pictures';
import { demoProducts } from './products';
import { seedGoods, seedPeople } from './shop';
import { seedStock } from './stock';
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
  onProgress(`demo shop: ${products.length} products, customers, registers`);
  await seedGoods(services, products);
  await seedHistory(services, products, days, (done) => {
    if (done % 15 === 0) onProgress(`demo shop: ${done} of ${days} days of sales`);
  });
  await seedToday(services);
  await seedOffline(services);
  await seedCatalogExamples(services);
  await seedStock(services);
  await seedWebhooks(services);
  return true;
}
