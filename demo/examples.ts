/** Today at the demo shop: an open register, and the orders that the OpenAPI document's examples name. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { checkout, parkBasket } from '#subgraphs/pos/index';
import { openRegister } from '#subgraphs/registers/index';
import { demoId, demoIdOf } from './ids';
import { DEMO_FLOAT, demoContext } from './shop';
import { wellKnown } from './fixed-ids';

/** Number of orders with a well-known id, `demoId.order(1)` and so on, each with the payment of the same number. */
const EXAMPLE_ORDERS = 6;

/** Number of parked baskets, `demoIdOf('30', 1)` and so on. */
const EXAMPLE_BASKETS = 2;

const CASHIER = 3;

/**
 * Opens register 1 for the cashier, so that the guide's quick checkout finds an open register, and sells the
 * example orders there.
 */
export async function seedToday(services: Services): Promise<void> {
  const registerId = demoId.register(1);
  await openRegister(demoContext(services, 1, CASHIER), { registerId, openingFloat: DEMO_FLOAT });
  for (let number = 1; number <= EXAMPLE_ORDERS; number += 1) {
    const ids = wellKnown(services.ids, [
      demoId.order(number),
      ...Array<undefined>(3),
      demoId.payment(number),
    ]);
    await checkout(
      { ...demoContext(services, 1, CASHIER), ids },
      {
        items: [{ variantId: demoId.variant(1), quantity: new Decimal(2) }],
        registerId,
        customerId: demoId.customer(1),
        paymentMethod: 'cash',
      },
    );
  }
  await checkout(demoContext(services, 1, CASHIER), {
    items: [{ variantId: demoId.variant(1), quantity: new Decimal(3) }],
    registerId,
    discountCodes: ['WELCOME10'],
    paymentMethod: 'card',
  });
  for (let number = 1; number <= EXAMPLE_BASKETS; number += 1) {
    const ids = wellKnown(services.ids, [demoIdOf('30', number)]);
    const items = [{ variantId: demoId.variant(1), quantity: new Decimal(number) }];
    await parkBasket(
      { ...demoContext(services, 1, CASHIER), ids },
      { items, registerId, label: `Customer ${number}` },
    );
  }
}
