/** What stands behind the graph's types where that is not a row: figures together with the currency they are shown in. */
import type { PricedLine, TaxTotal, HourFigures } from '#subgraphs/orders/index';
import type { CheckoutItemInput, DiscountInput } from './inputs.generated';
import type { BasketLine } from './sale/basket-line.rules';
import type { PaymentTotal } from '#subgraphs/payments/index';
import type { ScannedItem } from './scanning/scanned-item';

/** A scanned item; the moment is known in the list of recent scans only. */
export type ShownItem = ScannedItem & { scannedAt?: Date };

/** A priced line of a basket. */
export interface ShownLine {
  line: BasketLine;
  priced: PricedLine;
  currency: string;
}

/** A line of a basket that waits. */
export type ParkedLine = CheckoutItemInput & { currency: string };
export type ShownDiscount = DiscountInput & { currency: string };

export type ShownTax = TaxTotal & { currency: string };
export type ShownPayments = PaymentTotal & { currency: string };
export type ShownHour = HourFigures & { currency: string };
