/** Cards of customers, and the customer whose card or code a till has scanned. */
import { organizationOf } from '#kernel/auth/access';
import { emptyToNull } from '#kernel/clean-text.rules';
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { PosProError, notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { FieldErrors, textErrors } from '#kernel/validation';
import { lockCustomer, touchCustomer } from '../customers';
import type { CustomerCardInput } from '../inputs.generated';
import { customerColumns, type CustomerRow } from '../model';
import { customerCards, type CustomerCardRow } from '../tables.generated';
import { refreshKeys } from '../write-customers';
import { assertNoCode, codeTaken } from './scanned-numbers';
import { numberErrors, scannedNumber } from './scanned-numbers.rules';

/**
 * Gives a customer a card.
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a number that a customer has.
 */
export async function addCustomerCard(
  ctx: RequestContext,
  customerId: string,
  input: CustomerCardInput,
): Promise<CustomerCardRow> {
  const errors = new FieldErrors();
  const number = scannedNumber(input.number) ?? '';
  if (number === '') errors.add('number', 'Must not be empty.', 'REQUIRED');
  errors.take(numberErrors('number', input.number));
  errors.take(textErrors('label', input.label, { max: 100 }));
  errors.throwIfAny();
  try {
    return await transact(ctx, async (tx) => {
      const customer = await lockCustomer(tx, customerId);
      await assertNoCode(tx, number);
      const { organizationId, now: createdAt } = tx;
      const card = await tx.one<CustomerCardRow>(
        sql`${customerCards.insert({
          id: ctx.ids.next(),
          organizationId,
          customerId: customer.id,
          number,
          label: emptyToNull(input.label),
          createdAt,
        })} returning ${customerCards.columns}`,
      );
      await refreshKeys(tx, [customer]);
      await touchCustomer(tx, customer.id);
      return card;
    });
  } catch (error) {
    throw isUniqueViolation(error, 'customer_cards_organization_id_number_key') ? codeTaken('number') : error;
  }
}

/** Takes a card from its customer: from then on, no till finds anyone by it. @throws PosProError 404. */
export async function deleteCustomerCard(
  ctx: RequestContext,
  customerId: string,
  cardId: string,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const customer = await lockCustomer(tx, customerId);
    const where = { id: cardId, customerId: customer.id };
    const { count } = isUuid(cardId) ? await tx.prisma.customerCard.deleteMany({ where }) : { count: 0 };
    if (count === 0) throw notFound('card', cardId);
    await refreshKeys(tx, [customer]);
    await touchCustomer(tx, customer.id);
    return deletionOf(cardId);
  });
}

/** The customer with a card or a code. @throws PosProError 404 NOT_FOUND for an unknown number. */
export async function scanCustomer(ctx: RequestContext, code: string): Promise<CustomerRow> {
  const number = scannedNumber(code);
  const organization = sql`organization_id = ${organizationOf(ctx)}::uuid`;
  const customer = await ctx.db.maybeOne<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c where c.erased_at is null and c.id = (
      select d.customer_id from customer_cards d where d.${organization} and d.number = ${number}
      union all select o.id from customers o where o.${organization} and o.code = ${number} limit 1)`);
  if (!customer) throw new PosProError('NOT_FOUND', `No customer has the code or the card "${code}".`);
  return customer;
}

/** Cards by the customer's id, the oldest first. */
export async function cardsOf(
  { prisma }: Pick<RequestContext, 'prisma'>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, CustomerCardRow[]>> {
  const rows = await prisma.customerCard.findMany({
    where: { customerId: { in: [...customerIds] } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return groupBy(rows, ({ customerId }) => customerId);
}
