/** Stores figures of all customers until the last ended day, so that no request reads all customers or fits a model. */
import { isDeepStrictEqual } from 'node:util';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { fitCustomers } from '../customers/customer-fit';
import { estimateCustomers } from '../customers/estimate-customers';
import { candidatesOf, sampleOfCustomers, type Purchases } from '../customers/lifetime-value.queries';
import { scoredCustomers } from '../customers/segments.queries';
import { STORED_HORIZON, storedLifetimeValue } from '../customers/stored-lifetime-value.queries';
import { reportDaySegments, reportLifetimeCustomers, reportLifetimeValues } from '../tables.generated';
import { findMark, storeMarked, type LastDayPart } from './report-days.queries';

/** @returns false if a purchase until the day has changed meanwhile, and if another process has stored the day. */
export function storeSegments(ctx: RequestContext, day: string): Promise<boolean> {
  return storeComputed(ctx, 'segments', day, {
    compute: () => readAtLength(ctx, (db) => scoredCustomers(db, day)),
    async write(tx, scored) {
      const rows = scored.map((group) => ({
        ...group,
        organizationId: organizationOf(ctx),
        businessDate: day,
      }));
      await tx.run(sql`delete from report_day_segments where business_date = ${day}::date`);
      await tx.run(reportDaySegments.insertMany(rows));
    },
  });
}

/**
 * Replaces the stored models, and the estimates of the customers with the most revenue.
 * @returns false as `storeSegments` does.
 */
export function storeLifetimeValue(ctx: RequestContext, day: string): Promise<boolean> {
  const organizationId = organizationOf(ctx);
  return storeComputed(ctx, 'lifetime_value', day, {
    async compute() {
      const { sample, candidates, customers } = await readAtLength(ctx, async (db) => ({
        sample: await sampleOfCustomers(db, day),
        ...(await candidatesOf(db, day)),
      }));
      const fit = await fitCustomers(sample);
      return { customers, fit, estimated: await estimateCustomers(fit.fitted, candidates, STORED_HORIZON) };
    },
    async write(tx, { customers, fit, estimated }) {
      await tx.run(sql`delete from report_lifetime_values`);
      await tx.run(sql`delete from report_lifetime_customers`);
      const value = { organizationId, businessDate: day, fittedAt: tx.now, customers, fit };
      await tx.run(reportLifetimeValues.insert(value));
      const rows = estimated.map(({ purchases: { customerId, ...purchases }, estimate }, index) => ({
        ...{ organizationId, customerId, position: index + 1, purchases, estimate },
      }));
      // Without customers who were erased since they were read.
      await tx.run(sql`
        ${reportLifetimeCustomers.insertMany(rows)}
        where not exists (select from customers c where c.id = x."customerId" and c.erased_at is not null)`);
    },
  });
}

interface Figures<Computed> {
  readonly compute: () => Promise<Computed>;
  readonly write: (tx: Transaction, computed: Computed) => Promise<void>;
}

/**
 * Computes before the transaction, which takes seconds: a late sale would wait for it. A change in between removes the mark, and another
 * process that marks the day again makes another mark.
 */
async function storeComputed<Computed>(
  ctx: RequestContext,
  part: LastDayPart,
  day: string,
  { compute, write }: Figures<Computed>,
): Promise<boolean> {
  const mark = await findMark(ctx.db, part, day);
  if (mark === undefined) return false;
  const computed = await compute();
  return transact(ctx, async (tx) => {
    if (!(await storeMarked(tx, part, day, mark))) return false;
    await write(tx, computed);
    return true;
  });
}

/** Reads with the time of a report, two minutes for a statement: the purchases of all customers may be many. */
export function readAtLength<Rows>(
  ctx: RequestContext,
  read: (db: Queryable) => Promise<Rows>,
): Promise<Rows> {
  return transact(ctx, async (tx) => {
    await tx.run(sql`set local statement_timeout = '2min'`);
    return read(tx);
  });
}

/** Whether the stored purchases until a day are not those of the running totals. The models follow from them, and are not fitted again. */
export async function lifetimeValueDiffers(db: Queryable, day: string): Promise<boolean> {
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
