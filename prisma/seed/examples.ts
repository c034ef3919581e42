/** Today at the demo shop: an open register, and the orders that the OpenAPI document's examples name. */
import type { Services } from '../../kernel/context';
import { Decimal } from '../../kernel/decimal';
import type { Ids } from '../../kernel/ids';
import { checkout } from '../../subgraphs/pos';
import { openRegister } from '../../subgraphs/registers';
import { demoId } from './ids';
import { DEMO_FLOAT, demoContext } from './shop';

/** How many orders have a well-known id, `demoId.order(1)` and so on, each with the payment of the same number. */
export const EXAMPLE_ORDERS = 5;

const CASHIER = 3;

/** Opens register 1 for the cashier, so that the guide's quick checkout finds an open till, and sells the example orders there. */
export async function seedToday(services: Services): Promise<void> {
  const registerId = demoId.register(1);
  await openRegister(demoContext(services, 1, CASHIER), { registerId, openingFloat: DEMO_FLOAT });
  for (let number = 1; number <= EXAMPLE_ORDERS; number += 1) {
    const ids = wellKnown(services.ids, [demoId.order(number), undefined, demoId.payment(number)]);
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
}

/**
 * Ids of which the first few are given: a sale of one item asks for its order's id, a stock movement's and a payment's, in this
 * order. Should that ever change, the test that calls every documented example says so.
 */
function wellKnown(ids: Ids, first: readonly (string | undefined)[]): Ids {
  let asked = 0;
  return {
    next() {
      const given = first[asked];
      asked += 1;
      return given ?? ids.next();
    },
  };
}
