/** The demo shop's groups, segments, cards and consents of customers. */
import type { Services } from '#kernel/context';
import {
  addCustomerCard,
  createCustomerGroup,
  createCustomerSegment,
  postCredit,
  recordConsent,
  setCustomerGroups,
} from '#subgraphs/customers/index';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { DEMO_CUSTOMERS, demoContext } from './shop';

const REGULARS = demoId.customerGroup(1);
const BUSINESSES = demoId.customerGroup(2);

const GROUPS = [
  { id: REGULARS, name: 'Regulars', description: 'Come every week.' },
  { id: BUSINESSES, name: 'Businesses', description: 'Buy on account.' },
  // The example of deleting a group uses this one.
  { id: demoId.customerGroup(99), name: 'Old newsletter', description: null },
] as const;

const SEGMENTS = [
  { id: demoId.customerSegment(1), name: 'Newcomers', rule: { newWithinDays: 30 } },
  {
    id: demoId.customerSegment(2),
    name: 'Regulars by e-mail',
    rule: { groupIds: [REGULARS], consents: ['email'] },
  },
  // The example of deleting a segment uses this one.
  { id: demoId.customerSegment(99), name: 'Without a card', rule: { hasCard: false } },
] as const;

/** Customers with a card, `CARD-0001` and so on. */
const CARDS = 20;

/** Accounts carried over from the shop's old books: amounts, and the days since each was due; negative for debts that are not due yet. */
const ACCOUNTS = [
  {
    customer: 6,
    debts: [
      { amount: 42, overdue: 12 },
      { amount: 65, overdue: 75 },
      { amount: 20, overdue: -14 },
    ],
    paid: 30,
  },
  { customer: 11, debts: [{ amount: 120, overdue: 130 }], paid: 0 },
  { customer: 16, debts: [{ amount: 18, overdue: 40 }], paid: 18 },
  // Paid more than was owed: an advance.
  { customer: 21, debts: [], paid: 50 },
] as const;

const DAY_MS = 86_400_000;

async function seedAccounts(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  await transact(ctx, async (tx) => {
    const dayBefore = (days: number) => new Date(tx.now.getTime() - days * DAY_MS);
    for (const { customer, debts, paid } of ACCOUNTS) {
      const customerId = demoId.customer(customer);
      const opening = {
        customerId,
        kind: 'correction',
        referenceType: 'opening',
        referenceId: customerId,
      } as const;
      for (const { amount, overdue } of debts) {
        const dueDate = dayBefore(overdue).toISOString().slice(0, 10);
        await postCredit(tx, ctx, {
          ...opening,
          amount: new Decimal(amount),
          at: dayBefore(overdue + 30),
          dueDate,
        });
      }
      if (paid > 0) await postCredit(tx, ctx, { ...opening, amount: new Decimal(-paid), at: dayBefore(5) });
    }
  });
}

/** Groups with their members, segments, cards and consents. Every fifth customer buys on account. */
export async function seedCustomers(services: Services): Promise<void> {
  const ctx = demoContext(services, 1);
  await seedAccounts(services);
  for (const { id, name, description } of GROUPS)
    await createCustomerGroup({ ...ctx, ids: wellKnown(services.ids, [id]) }, { name, description });
  for (const { id, ...segment } of SEGMENTS)
    await createCustomerSegment({ ...ctx, ids: wellKnown(services.ids, [id]) }, segment);
  for (let number = 1; number <= CARDS; number += 1) {
    const ids = wellKnown(services.ids, [demoId.customerCard(number)]);
    const card = { number: `CARD-${String(number).padStart(4, '0')}`, label: 'Key tag' };
    await addCustomerCard({ ...ctx, ids }, demoId.customer(number), card);
  }
  for (let number = 1; number <= DEMO_CUSTOMERS; number += 1) {
    const customerId = demoId.customer(number);
    const groupIds = [...(number % 5 === 1 ? [BUSINESSES] : []), ...(number % 4 === 1 ? [REGULARS] : [])];
    if (groupIds.length > 0) await setCustomerGroups(ctx, customerId, { groupIds });
    if (number % 3 !== 1) continue;
    await recordConsent(ctx, customerId, { purpose: 'email', granted: true, source: 'web' });
    if (number % 2 === 0)
      await recordConsent(ctx, customerId, { purpose: 'sms', granted: false, source: 'till' });
  }
}
