/** Types behind the graph's types that are not rows: values together with the currency in which they are formatted. */
import type {
  BasketLine,
  DayPayment,
  HourFigures,
  PricedLine,
  SaleTender,
  TaxTotal,
} from '#subgraphs/orders/index';
import type { CheckoutItemInput, DiscountInput } from './inputs.generated';
import type { ScannedItem } from './scanning/scanned-item';

/** A scanned item; only the list of recent scans knows when the item was scanned. */
export type ScannedItemView = ScannedItem & { scannedAt?: Date };

/** A priced line of a basket. */
export interface CheckoutLineView {
  line: BasketLine;
  priced: PricedLine;
  currency: string;
}

/** A line of a parked basket. */
export type ParkedLineView = CheckoutItemInput & { currency: string };
export type DiscountView = DiscountInput & { currency: string };

/** A tender of a basket. */
export type TenderView = SaleTender & { currency: string };

export type TaxView = TaxTotal & { currency: string };
export type PaymentsView = DayPayment & { currency: string };
export type HourView = HourFigures & { currency: string };
