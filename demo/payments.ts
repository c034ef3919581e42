/** Payments through the sandbox that no order has named yet: for the examples of the OpenAPI document, and to look at. */
import { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import type { Services } from '#kernel/context';
import { processPayment } from '#subgraphs/orders/index';
import { importSettlement } from '#subgraphs/payments/index';
import { wellKnown } from './fixed-ids';
import { demoId } from './ids';
import { demoContext } from './shop';

/** The sandbox's token and whether the money is captured at once, in the order of the demo ids. */
const PAYMENTS = [
  { providerToken: 'tok_approved', capture: false },
  { providerToken: 'tok_approved', capture: false },
  { providerToken: 'tok_3d_secure', capture: true },
  { providerToken: 'tok_approved', capture: true },
  { providerToken: 'tok_declined', capture: true },
] as const;

export async function seedPayments(services: Services): Promise<void> {
  // A shop with a real provider gets no play money.
  if (services.config.payments.cardProvider !== 'sandbox') return;
  for (const [index, payment] of PAYMENTS.entries()) {
    const ctx = demoContext(services, 1);
    const ids = wellKnown(ctx.ids, [demoId.paymentIntent(index + 1)]);
    const input = { method: 'card', amount: new Decimal(`${index + 20}.50`), ...payment } as const;
    try {
      await processPayment({ ...ctx, ids }, input);
    } catch (error) {
      if (!(error instanceof PosProError && error.code === 'PAYMENT_DECLINED')) throw error;
    }
  }
  await seedSettlement(services);
}

/** A payout with a payment that matches, a fee, and a payment that PosPro does not know; the file's last row is of no payout yet. */
async function seedSettlement(services: Services): Promise<void> {
  const ids = wellKnown(services.ids, [demoId.import(5), demoId.settlement(1)]);
  const payout = { payoutReference: 'po_1', currency: 'EUR' };
  await importSettlement(
    { ...demoContext(services, 1), ids },
    {
      provider: 'sandbox',
      items: [
        { ...payout, transactionReference: 'txn_1', kind: 'charge', gross: '23.50', fee: '0.65', paymentReference: demoId.paymentIntent(4) },
        { ...payout, transactionReference: 'txn_2', kind: 'fee', gross: '-2.00' },
        { ...payout, transactionReference: 'txn_3', kind: 'charge', gross: '12.00', fee: '0.40', paymentReference: 'unknown' },
        { transactionReference: 'txn_4', kind: 'charge', gross: '9.00', currency: 'EUR', paymentReference: 'later' },
      ],
    },
  ); // prettier-ignore
}
