import { throwFieldErrors } from '#kernel/validation';
import { groupBy } from '#kernel/collections';
import { type RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { lockCustomer, touchCustomer } from './customers';
import { addressErrors, normalizeAddress } from './customer-input.rules';
import type { CustomerAddressInput } from './inputs.generated';
import { type AddressRow } from './model';
import { customerAddresses } from './tables.generated';

/** Columns whose values do not depend on the customer's other addresses. */
const INPUT_COLUMNS = customerAddresses.omit('isDefault');

/**
 * Adds an address. The first address of a kind becomes its default; a later one only with `isDefault`.
 * @throws PosProError 404 for an unknown customer, 422 by field.
 */
export async function addCustomerAddress(
  ctx: RequestContext,
  id: string,
  input: CustomerAddressInput,
): Promise<AddressRow> {
  throwFieldErrors(addressErrors(input));
  const kind = input.kind ?? 'shipping';
  return transact(ctx, async (tx) => {
    const { id: customerId } = await lockCustomer(tx, id);
    const isDefault = input.isDefault ?? false;
    if (isDefault) {
      await tx.prisma.customerAddress.updateMany({ where: { customerId, kind }, data: { isDefault: false } });
    }
    const { organizationId, now: createdAt } = tx;
    const row = {
      ...normalizeAddress(input),
      id: ctx.ids.next(),
      organizationId,
      customerId,
      kind,
      createdAt,
    };
    const address = await tx.one<AddressRow>(sql`
      insert into customer_addresses (${INPUT_COLUMNS.columns}, is_default)
      select ${INPUT_COLUMNS.parameters(row)}, ${isDefault} or not exists (
          select from customer_addresses other
          where other.organization_id = ${tx.organizationId} and other.customer_id = ${customerId} and other.kind = ${kind})
      returning *`);
    await touchCustomer(tx, customerId);
    return address;
  });
}

/** Addresses of customers by the customer's id, the oldest first. */
export async function addressesOf(
  { prisma }: Pick<RequestContext, 'prisma'>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, AddressRow[]>> {
  const where = { customerId: { in: [...customerIds] } };
  const rows = await prisma.customerAddress.findMany({
    where,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return groupBy(rows, ({ customerId }) => customerId);
}
