import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { NEWEST_ENTRY_FIRST, listPage, type Page, type PageArgs } from '#kernel/paging';
import { customerById } from '#subgraphs/customers/index';
import { storeCreditEntries, type StoreCreditEntryRow, type StoreCreditLotRow } from '../tables.generated';
import { openLots } from './store-credit-ledger';
import { isExpired, spendable } from './store-credit.rules';

/** The store credit of a customer at a moment. */
export interface CustomerStoreCredit {
  customerId: string;
  currency: string;
  /** Amount that the customer can spend, without what has expired. */
  balance: Decimal;
  /** The lots that can pay, the first to expire first. */
  lots: ShownLot[];
}

/** A lot with the currency in which it is formatted. */
export type ShownLot = StoreCreditLotRow & { currency: string };

/** An entry with its currency. */
export type ShownEntry = StoreCreditEntryRow & { currency: string };

/** The store credit of a customer. @throws PosProError 404 for an unknown or erased customer. */
export async function customerStoreCredit(
  ctx: RequestContext,
  db: Queryable,
  customerId: string,
): Promise<CustomerStoreCredit> {
  const customer = await customerById(db, customerId);
  if (!customer) throw notFound('customer', customerId);
  const { id, currency } = customer;
  const now = ctx.clock.now();
  const lots = await openLots(db, id);
  const open = lots.filter((lot) => !isExpired(lot, now)).map((lot) => ({ ...lot, currency }));
  return { customerId: id, currency, balance: spendable(lots, now), lots: open };
}

/** Amount that a customer can spend; zero for an unknown customer. */
export async function storeCreditBalance(db: Queryable, customerId: string, now: Date): Promise<Decimal> {
  return isUuid(customerId) ? spendable(await openLots(db, customerId), now) : ZERO;
}

/** A page of the entries of a customer's store credit, the newest first. */
export function listStoreCreditEntries(
  db: Queryable,
  customerId: string,
  args: PageArgs,
): Promise<Page<ShownEntry>> {
  return listPage<ShownEntry>(
    db,
    {
      select: sql`${storeCreditEntries.select('e')}, c.currency`,
      from: sql`store_credit_entries e join store_credits c on c.customer_id = e.customer_id`,
      where: [sql`e.customer_id = ${customerId}`],
      ...NEWEST_ENTRY_FIRST,
    },
    args,
  );
}
