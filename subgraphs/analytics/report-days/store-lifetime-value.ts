/** Stores the models of customers and the estimates of those with the most revenue, so that no request reads all customers or fits a model. */
import { isDeepStrictEqual } from 'node:util';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { fitCustomers } from '../customers/customer-fit';
import { estimateCustomers } from '../customers/estimate-customers';
import { candidatesOf, sampleOfCustomers, type Purchases } from '../customers/lifetime-value.queries';
import { STORED_HORIZON, storedLifetimeValue } from '../customers/stored-lifetime-value.queries';
import { reportLifetimeCustomers, reportLifetimeValues } from '../tables.generated';
import { claimMarkedDay } from './report-days.queries';

/**
 * Replaces what is stored by the estimates until a marked day. A fit takes seconds, so it is made before the transaction: a change of the
 * purchases until the day removes the mark meanwhile.
 * @returns false if they have changed, and if another process has stored them.
 */
export async function storeLifetimeValue(ctx: RequestContext, day: string): Promise<boolean> {
  const sample = await sampleOfCustomers(ctx.db, day);
  const { candidates, customers } = await candidatesOf(ctx.db, day);
  const fit = await fitCustomers(sample);
  const estimated = await estimateCustomers(fit.fitted, candidates, STORED_HORIZON);
  const organizationId = organizationOf(ctx);
  const rows = estimated.map(({ purchases: { customerId, ...purchases }, estimate }, index) => ({
    organizationId,
    customerId,
    position: index + 1,
    purchases,
    estimate,
  }));
  return transact(ctx, async (tx) => {
    if (!(await claimMarkedDay(tx, 'lifetime_value', day))) return false;
    await tx.run(sql`delete from report_lifetime_values`);
    await tx.run(sql`delete from report_lifetime_customers`);
    const value = { organizationId, businessDate: day, fittedAt: tx.now, customers, fit };
    await tx.run(reportLifetimeValues.insert(value));
    // Without customers who were erased since they were read.
    await tx.run(sql`
      ${reportLifetimeCustomers.insertMany(rows)}
      where not exists (select from customers c where c.id = x."customerId" and c.erased_at is not null)`);
    return true;
  });
}

/** Whether the stored purchases until a day are not those of the running totals. The models follow from them, and are not fitted again. */
export async function lifetimeValueDiffers({ db }: RequestContext, day: string): Promise<boolean> {
  // In this order: a change of the purchases in between removes what is stored.
  const { candidates, customers } = await candidatesOf(db, day);
  const stored = await storedLifetimeValue(db, day, null);
  if (stored?.asOf !== day) return false;
  const purchases = stored.estimated.map((one) => one.purchases);
  return stored.customers !== customers || !isDeepStrictEqual(byCustomer(purchases), byCustomer(candidates));
}

function byCustomer(purchases: readonly Purchases[]): Purchases[] {
  return [...purchases].sort((a, b) => (a.customerId < b.customerId ? -1 : 1));
}
