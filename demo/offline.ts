/** The results of offline sales: a conflict, two held sales, and a device that signs sales. */
import type { Services } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { bookOfflineSales } from '#subgraphs/pos/index';
import { createRegisterDevice } from '#subgraphs/registers/index';
import { demoId } from './ids';
import { DEMO_FLOAT, demoContext } from './shop';
import { wellKnown } from './fixed-ids';

const CASHIER = 3;
const MANAGER = 2;
/** The public key of RFC 8032, section 7.1, test 2; its private key is public, so it is for a demo only. */
const PUBLIC_KEY = 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw';
/**
 * Number of ids that a sale of one item takes before that of its conflict: its order's, a stock movement's, a
 * payment's and a line's.
 */
const IDS_OF_A_SALE = 4;

/** After `seedToday`, which opens register 1. */
export async function seedOffline(services: Services): Promise<void> {
  const registerId = demoId.register(1);
  const ctx = demoContext(services, 1, CASHIER);
  const saleOf = (variant: number, quantity: number, amount: Decimal) => ({
    clientReference: services.ids.next(),
    registerId,
    createdAt: services.clock.now(),
    items: [{ variantId: demoId.variant(variant), quantity: new Decimal(quantity) }],
    payments: [{ method: 'cash' as const, amount }],
  });
  // The till returned too much change: less was taken than the goods cost.
  const ids = wellKnown(services.ids, [...Array<undefined>(IDS_OF_A_SALE), demoId.offlineConflict(1)]);
  await bookOfflineSales({ ...ctx, ids }, [saleOf(1, 1, new Decimal('0.50'))]);
  // A barcode was scanned into the quantity.
  for (const number of [1, 2]) {
    const held = wellKnown(services.ids, [demoId.heldSale(number)]);
    await bookOfflineSales({ ...ctx, ids: held }, [saleOf(40, 1_500, DEMO_FLOAT)]);
  }
  const deviceIds = wellKnown(services.ids, [demoId.registerDevice(1)]);
  const device = { registerId, name: 'Old tablet', publicKey: PUBLIC_KEY };
  await createRegisterDevice({ ...demoContext(services, 1, MANAGER), ids: deviceIds }, device);
}
