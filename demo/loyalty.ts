/** The loyalty program of the demo shop: its tiers, and customers with points. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import {
  addLoyaltyPoints,
  createLoyaltyTier,
  enrollCustomer,
  updateLoyaltyProgram,
} from '#subgraphs/marketing/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { DEMO_CUSTOMERS, demoContext } from './shop';

const DAY_MS = 86_400_000;

/** The examples of the API update the second tier and delete the last one. */
const TIERS = [
  { name: 'Member', threshold: 0, upkeep: 0, multiplier: '1' },
  { name: 'Silver', threshold: 150, upkeep: 100, multiplier: '1.25' },
  { name: 'Gold', threshold: 400, upkeep: 300, multiplier: '1.5' },
  { name: 'Legacy', threshold: 100_000, upkeep: 100_000, multiplier: '1.5' },
] as const;

/** The program and its tiers, before the first sale. */
export async function seedLoyaltyProgram(services: Services): Promise<void> {
  await updateLoyaltyProgram(demoContext(services, 1, 1), {
    active: true,
    earnRate: new Decimal(1),
    pointValue: new Decimal('0.01'),
    expiryDays: 365,
    minimumRedeem: 20,
    birthdayPoints: 100,
  });
  for (const [index, { name, threshold, upkeep, multiplier }] of TIERS.entries()) {
    const ids = wellKnown(services.ids, [demoId.loyaltyTier(index + 1)]);
    await createLoyaltyTier(
      { ...demoContext(services, 1, 1), ids },
      {
        name,
        threshold: new Decimal(threshold),
        upkeep: new Decimal(upkeep),
        multiplier: new Decimal(multiplier),
      },
    );
  }
}

/** After the sales of the history: birthdays, and grants that expire soon. */
export async function seedMembers(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 2);
  const now = services.clock.now().getTime();
  for (let number = 1; number <= DEMO_CUSTOMERS; number += 6) {
    const birthday = new Date(Date.UTC(2024, 0, 6 * number)).toISOString().slice(5, 10);
    await enrollCustomer(ctx, demoId.customer(number), { birthday });
    await addLoyaltyPoints(ctx, demoId.customer(number), {
      points: 200 + 25 * number,
      reason: 'Opening of the Riverside branch',
      expiresAt: new Date(now + (20 + number) * DAY_MS),
    });
  }
}
