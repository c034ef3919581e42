/** What stands behind the graph's types where that is not a row: figures together with the currency they are shown in. */
import type { PricedLine, TaxTotal, HourFigures } from '#subgraphs/orders/index';
import type { CheckoutItemInput, DiscountInput } from './inputs.generated';
import type { BasketLine } from './sale/basket-line.rules';
import type { PaymentTotal } from '#subgraphs/payments/index';
import type { ScannedItem } from './scanning/scanned-item';

/** A scanned item; the moment is known in the list of recent scans only. */
export type ScannedItemView = ScannedItem & { scannedAt?: Date };

/** A priced line of a basket. */
export interface CheckoutLineView {
  line: BasketLine;
  priced: PricedLine;
  currency: string;
}

/** A line of a basket that waits. */
export type ParkedLineView = CheckoutItemInput & { currency: string };
export type DiscountView = DiscountInput & { currency: string };

export type TaxView = TaxTotal & { currency: string };
export type PaymentsView = PaymentTotal & { currency: string };
export type HourView = HourFigures & { currency: string };
