/**
 * The parts of the domains that keep something of a customer beside the customer's own records. A domain that keeps something more adds
 * its part here; a domain behind this one has a trigger on `customers` in its SQL instead (prisma/sql/pos.sql).
 */
import { sql, type Transaction } from '#kernel/db/database';
import type { CustomerMerge, CustomerPart } from '#subgraphs/customers/index';
import { discountsPart, loyaltyPart } from '#subgraphs/marketing/index';
import { paymentsPart } from '#subgraphs/payments/index';

const ordersPart: CustomerPart = {
  async merge(tx, _, { keptId, duplicateId }) {
    await tx.run(sql`
      update orders set customer_id = ${keptId}, updated_at = ${tx.now}
      where organization_id = ${tx.organizationId} and customer_id = ${duplicateId}`);
    await mergeDayCustomers(tx, { keptId, duplicateId });
    await mergeCarts(tx, { keptId, duplicateId });
  },
  async erase(tx, _, customerId) {
    const ofCustomer = sql`o.organization_id = ${tx.organizationId} and o.customer_id = ${customerId}`;
    await tx.run(sql`
      update order_lines l set note = null from orders o where ${ofCustomer} and l.order_id = o.id and l.note is not null`);
    await tx.run(sql`
      update orders o set note = null, ${NO_CONTACT}, updated_at = ${tx.now}
      where ${ofCustomer} and num_nonnulls(o.note, o.email, o.phone, o.shipping_address, o.billing_address) > 0`);
    await eraseCarts(tx, customerId);
    await tx.run(sql`
      delete from training_sales t
      where t.organization_id = ${tx.organizationId} and t.sale -> 'order' ->> 'customerId' = ${customerId}`);
  },
};

const NO_CONTACT = sql`email = null, phone = null, shipping_address = null, billing_address = null`;

/** The kept customer takes over the running totals of the duplicate. */
async function mergeDayCustomers(tx: Transaction, { keptId, duplicateId }: CustomerMerge): Promise<void> {
  await tx.run(sql`
    with ended as (
      delete from order_day_customers where organization_id = ${tx.organizationId} and customer_id = ${duplicateId} returning *
    )
    insert into order_day_customers as kept (
      organization_id, branch_id, business_date, customer_id, channel, sales, returns, net, tax, cost, uncosted_net
    )
    select organization_id, branch_id, business_date, ${keptId}::uuid, channel, sales, returns, net, tax, cost, uncosted_net from ended
    on conflict (organization_id, branch_id, business_date, customer_id, channel) do update set sales = kept.sales + excluded.sales,
      returns = kept.returns + excluded.returns, net = kept.net + excluded.net, tax = kept.tax + excluded.tax,
      cost = kept.cost + excluded.cost, uncosted_net = kept.uncosted_net + excluded.uncosted_net`);
}

/** A customer has one open cart at a branch: that of the duplicate ends if the kept customer has one. */
async function mergeCarts(tx: Transaction, { keptId, duplicateId }: CustomerMerge): Promise<void> {
  const ofDuplicate = sql`c.organization_id = ${tx.organizationId} and c.customer_id = ${duplicateId}`;
  await tx.run(sql`
    update carts c set status = 'expired', ${NO_CONTACT} where ${ofDuplicate} and c.status = 'open' and exists (
      select from carts k where k.customer_id = ${keptId} and k.branch_id = c.branch_id and k.status = 'open')`);
  await tx.run(sql`update carts c set customer_id = ${keptId} where ${ofDuplicate}`);
}

/** Carts are kept for their figures, without the items, whose notes may name the customer. */
async function eraseCarts(tx: Transaction, customerId: string): Promise<void> {
  const ofCustomer = sql`c.organization_id = ${tx.organizationId} and c.customer_id = ${customerId}`;
  await tx.run(sql`delete from cart_items i using carts c where ${ofCustomer} and i.cart_id = c.id`);
  await tx.run(sql`
    update carts c set ${NO_CONTACT}, status = case status when 'open' then 'expired' else status end where ${ofCustomer}`);
}

/** The parts, in the order of their locks. */
export const CUSTOMER_PARTS: readonly CustomerPart[] = [ordersPart, paymentsPart, discountsPart, loyaltyPart];
