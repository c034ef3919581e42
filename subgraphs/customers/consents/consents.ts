/** Consents of customers: an append-only history, of which the latest one of each purpose is in force. */
import { emptyToNull } from '#kernel/clean-text.rules';
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { FieldErrors, textErrors } from '#kernel/validation';
import { lockCustomer, requireCustomer, touchCustomer } from '../customers';
import type { ConsentInput } from '../inputs.generated';
import { customerConsents, type CustomerConsentRow } from '../tables.generated';
import { insertConsents, type ConsentPurpose } from './insert-consents';

/**
 * Records that a customer gave or withdrew a consent. One that was given earlier than the latest one of its purpose is only history.
 * @throws PosProError 404; 422 by field.
 */
export async function recordConsent(
  ctx: RequestContext,
  customerId: string,
  input: ConsentInput,
): Promise<CustomerConsentRow> {
  const errors = new FieldErrors();
  errors.take(textErrors('note', input.note, { max: 500 }));
  if (input.givenAt != null && input.givenAt > ctx.clock.now())
    errors.add('givenAt', 'Must not be in the future.');
  errors.throwIfAny();
  return transact(
    ctx,
    async (tx) => {
      const { id } = await lockCustomer(tx, customerId);
      const { purpose, granted, source = 'staff' } = input;
      const givenAt = input.givenAt ?? tx.now;
      const consent = { customerId: id, purpose, granted, note: emptyToNull(input.note), givenAt };
      const [recorded] = await insertConsents(tx, [consent], source);
      if (purpose === 'marketing') {
        await tx.run(sql`
          update customers set marketing_consent = (${latestOf(id, purpose)}) where id = ${id}`);
      }
      await touchCustomer(tx, id);
      return recorded!;
    },
    { idempotent: { operation: 'recordConsent', input: { customerId, ...input } } },
  );
}

/** Whether the latest consent of a purpose was given, as a query; without a row for a customer without any. */
export const latestOf = (customerId: string, purpose: ConsentPurpose) => sql`
  select k.granted from customer_consents k where k.customer_id = ${customerId} and k.purpose = ${purpose}
  order by k.given_at desc, k.created_at desc limit 1`;

/** The consents of a customer, the latest first. @throws PosProError 404 for an unknown or erased customer. */
export async function listConsents(
  db: Queryable,
  customerId: string,
  args: PageArgs,
): Promise<Page<CustomerConsentRow>> {
  const { id } = await requireCustomer(db, customerId);
  return listPage<CustomerConsentRow>(
    db,
    {
      select: customerConsents.select('k'),
      from: sql`customer_consents k`,
      where: [sql`k.customer_id = ${id}`],
      sorts: { givenAt: sql`k.given_at` },
      defaultSort: '-givenAt',
      id: sql`k.id`,
    },
    args,
  );
}

/** The consents in force by the customer's id, by purpose. */
export async function consentsInForce(
  db: Queryable,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, CustomerConsentRow[]>> {
  const rows = await db.many<CustomerConsentRow>(sql`
    select distinct on (k.customer_id, k.purpose) ${customerConsents.select('k')} from customer_consents k
    where k.customer_id = any(${customerIds}::uuid[])
    order by k.customer_id, k.purpose, k.given_at desc, k.created_at desc`);
  return groupBy(rows, ({ customerId }) => customerId);
}
