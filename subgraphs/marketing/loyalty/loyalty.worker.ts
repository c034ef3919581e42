/** Does what is due in loyalty programs. Several processes may run this at once: none waits for another. */
import { businessDay } from '#kernel/business-day.rules';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { dueBirthdays } from './birthdays.rules';
import { grantBirthday, reviewTier, sweepLots } from './due-points';

const INTERVAL_MS = 15_000;
/** Customers in one round; the next round continues. */
const BATCH = 1_000;
/** Days for which a stopped server grants birthday points later. */
const BIRTHDAY_DAYS = 7;

/** A customer with something due. */
interface Due {
  organizationId: string;
  customerId: string;
}

/** Makes points available, ends expired ones, reviews tiers and grants birthday points. */
export async function runLoyalty(services: Services): Promise<void> {
  const now = services.clock.now();
  const lots = await findDue(
    services,
    sql`
    select distinct organization_id, customer_id from (
      (select organization_id, customer_id from loyalty_lots
        where remaining > 0 and pending and available_at <= ${now}::timestamptz order by available_at limit ${BATCH})
      union all
      (select organization_id, customer_id from loyalty_lots
        where remaining > 0 and not pending and expires_at <= ${now}::timestamptz order by expires_at limit ${BATCH})
    ) due`,
  );
  await forEach(services, lots, (tx, ctx, { customerId }) => sweepLots(tx, ctx, customerId));
  const reviews = await findDue(
    services,
    sql`
    select organization_id, customer_id from loyalty_accounts
    where review_at <= ${now}::timestamptz order by review_at limit ${BATCH}`,
  );
  await forEach(services, reviews, (tx, _, { customerId }) => reviewTier(tx, customerId));
  await grantBirthdays(services, now);
}

async function grantBirthdays(services: Services, now: Date): Promise<void> {
  const zones = await services.database.system.many<{ organizationId: string; timeZone: string }>(sql`
    select o.id as organization_id, o.time_zone from organizations o join loyalty_programs p on p.organization_id = o.id
    where p.active and p.birthday_points > 0`);
  for (const { organizationId, timeZone } of zones) {
    for (const due of dueBirthdays(businessDay(now, timeZone), BIRTHDAY_DAYS)) {
      const members = await findDue(
        services,
        sql`
        select organization_id, customer_id from loyalty_accounts
        where organization_id = ${organizationId} and birthday = ${due.birthday}
          and (birthday_year is null or birthday_year < ${due.year}) limit ${BATCH}`,
      );
      await forEach(services, members, (tx, ctx, { customerId }) => grantBirthday(tx, ctx, customerId, due));
    }
  }
}

function findDue({ database }: Services, query: Sql): Promise<Due[]> {
  return database.system.many<Due>(query);
}

/**
 * Runs work for each customer in a transaction of its own, so that no lock is held for long. A customer whose work fails is logged, stays
 * due, and does not keep the others waiting.
 */
async function forEach(
  services: Services,
  customers: readonly Due[],
  work: (tx: Transaction, ctx: RequestContext, due: Due) => Promise<unknown>,
): Promise<void> {
  for (const due of customers) {
    const ctx = systemContext(services, due.organizationId, { address: 'loyalty' });
    try {
      await transact(ctx, (tx) => work(tx, ctx, due));
    } catch (error) {
      services.log.error({ err: error, ...due }, 'the points of a customer could not be posted');
    }
  }
}

/** Runs every 15 seconds until it is stopped. */
export function startLoyalty(services: Services): Stop {
  const failure = 'due points could not be posted; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => runLoyalty(services));
}
