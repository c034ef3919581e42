/** What a till sends. The shapes are those of schema.graphql; ids are texts that may be no ids at all. */
import type { Decimal } from '#kernel/decimal';

/** A share of the price or an amount; one of the two. */
export interface DiscountInput {
  percent?: Decimal | null;
  amount?: Decimal | null;
}

/** What names an item: the variant, the product (its default variant is meant), a barcode or a SKU. */
export interface ItemName {
  productId?: string | null;
  variantId?: string | null;
  sku?: string | null;
  barcode?: string | null;
}

/** One line of a basket. */
export interface ItemInput extends ItemName {
  /** Above zero, in the item's unit; where left out, what the barcode carries, or 1. */
  quantity?: Decimal | null;
  /** Needs pos:override. */
  unitPrice?: Decimal | null;
  discount?: DiscountInput | null;
  note?: string | null;
}

export interface PaymentInput {
  method: string;
  amount: Decimal;
  reference?: string | null;
}

/** What comes on top for the staff: no part of the total, and of no payment. */
export interface TipInput {
  method: string;
  amount: Decimal;
}

/** A basket at the till. */
export interface CheckoutInput {
  items: readonly ItemInput[];
  customerId?: string | null;
  discount?: DiscountInput | null;
  discountCodes?: readonly string[] | null;
  redeemPoints?: number | null;
  payments?: readonly PaymentInput[] | null;
  /** Instead of `payments`: one kind of tender for the whole total. */
  paymentMethod?: string | null;
  tip?: TipInput | null;
  /** Leave that a manager gave for this sale. */
  approvalTokens?: readonly string[] | null;
  /** The cashier has made sure that the customer is old enough for what is in the basket. */
  ageConfirmed?: boolean | null;
  /** What was put aside for this customer: references, or ids of single reservations. */
  reservations?: readonly string[] | null;
  registerId?: string | null;
  clientReference?: string | null;
  createdAt?: Date | null;
  note?: string | null;
}
