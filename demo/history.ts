/**
 * The demo shop's history: 90 days of sales through the same operations that a till uses, with the clock set
 * back. So every ledger, counter and hash chain of the demo is as real as in a shop.
 */
import { SettableClock } from '#kernel/clock';
import type { RequestContext, Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { createIds } from '#kernel/ids';
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { closeRegister, moveCash, openRegister, xReport } from '#subgraphs/registers/index';
import { createDice, type Dice } from './dice';
import { demoId } from './ids';
import type { DemoProduct } from './products';
import { DEMO_CUSTOMERS, DEMO_FLOAT, demoContext } from './shop';

export const DEMO_DAYS = 90;
const DAY_MS = 86_400_000;
const OPENING_HOUR_UTC = 7;

/** The trading registers, with their branches and sales a day. */
const TRADING = [
  { register: 1, branch: 1, sales: [9, 16] },
  { register: 3, branch: 2, sales: [5, 10] },
] as const;

/**
 * @param days the number of days; the last one is yesterday.
 * @param onDay called after each day, with the number of completed days.
 */
export async function seedHistory(
  services: Services,
  products: readonly DemoProduct[],
  days: number,
  onDay: (done: number) => void,
): Promise<void> {
  const dice = createDice(42);
  const plentiful = products.filter(({ scarce }) => !scarce);
  const midnight = Math.floor(services.clock.now().getTime() / DAY_MS) * DAY_MS;
  const clock = new SettableClock(new Date(midnight - days * DAY_MS));
  const past: Services = { ...services, clock, ids: createIds(clock, dice.source) };
  for (let day = 0; day < days; day += 1) {
    const start = new Date(midnight - (days - day) * DAY_MS + OPENING_HOUR_UTC * 3_600_000);
    for (const { register, branch, sales } of TRADING) {
      clock.set(start);
      const weekend = [0, 6].includes(start.getUTCDay());
      const count = dice.between(sales[0], sales[1]) + (weekend ? 4 : 0);
      await tradeOneDay({
        ctx: demoContext(past, branch),
        clock,
        dice,
        products: plentiful,
        registerId: demoId.register(register),
        count,
      });
    }
    onDay(day + 1);
  }
}

interface TradingDay {
  ctx: RequestContext;
  clock: SettableClock;
  dice: Dice;
  products: readonly DemoProduct[];
  registerId: string;
  count: number;
}

async function tradeOneDay(day: TradingDay): Promise<void> {
  const { ctx, clock, dice, registerId, count } = day;
  await openRegister(ctx, { registerId, openingFloat: DEMO_FLOAT });
  const pause = Math.floor((11 * 3_600_000) / count);
  for (let sale = 0; sale < count; sale += 1) {
    clock.advance(dice.between(Math.floor(pause / 2), pause));
    const { order } = await sellOnce(day);
    if (dice.chance(2)) {
      clock.advance(120_000);
      await refundOrder(ctx, order.id, { reason: 'Changed their mind', registerId });
    }
  }
  if (dice.chance(20))
    await moveCash(ctx, 'cash_out', {
      registerId,
      amount: new Decimal(20),
      reason: 'Change for the other till',
    });
  clock.advance(600_000);
  await closeRegister(ctx, { registerId, countedCash: await countDrawer(day) });
}

function sellOnce({ ctx, dice, products, registerId }: TradingDay): ReturnType<typeof checkout> {
  const items = Array.from({ length: dice.between(1, 4) }, () => {
    const item = dice.pick(products);
    const quantity = item.weighed
      ? new Decimal(dice.between(200, 2500)).dividedBy(1000)
      : new Decimal(dice.between(1, 2));
    return { variantId: item.variantId, quantity };
  });
  const customerId = dice.chance(30) ? demoId.customer(dice.between(1, DEMO_CUSTOMERS)) : null;
  const discount = dice.chance(5) ? { percent: new Decimal(10) } : null;
  const paymentMethod = dice.chance(45) ? 'cash' : 'card';
  return checkout(ctx, { items, registerId, customerId, discount, paymentMethod, ageConfirmed: true });
}

/** A counted amount: mostly right, sometimes a few cents off. */
async function countDrawer({ ctx, dice, registerId }: TradingDay): Promise<Decimal> {
  const { expectedCash } = await xReport(ctx, registerId);
  return dice.chance(90)
    ? expectedCash
    : expectedCash.plus(new Decimal(dice.between(-150, 100)).dividedBy(100));
}
