/** Types of columns of offline sales: the codes of conflicts, and the seller. */

/** The kind of a conflict. */
export type ConflictCode =
  | 'AGE_UNCONFIRMED'
  | 'CASH_NOT_PAYABLE'
  | 'CREDIT_LIMIT'
  | 'CREDIT_WITHOUT_CUSTOMER'
  | 'CUSTOMER_NOT_FOUND'
  | 'DISCOUNT_CODE_UNKNOWN'
  | 'DISCOUNT_LIMIT'
  | 'DISCOUNT_TOO_LARGE'
  | 'IMPLAUSIBLE_PRICE'
  | 'IMPLAUSIBLE_QUANTITY'
  | 'IMPLAUSIBLE_TIME'
  | 'IMPLAUSIBLE_TOTAL'
  | 'INSUFFICIENT_STOCK'
  | 'LABEL_CONTRADICTED'
  | 'OVERPAID'
  | 'POINTS_UNKNOWN'
  | 'PRICE_CHANGED'
  | 'PRODUCT_INACTIVE'
  | 'QUANTITY_PRECISION'
  | 'SEQUENCE_GAP'
  | 'SESSION_CLOSED'
  | 'TENDER_REFUSED'
  | 'TIP_REFUSED'
  | 'TOTAL_DIFFERS'
  | 'TRAINING_SESSION'
  | 'UNDERPAID';

/** The seller of an offline sale, with the role and permission of the moment when the sale was received. */
export interface Seller {
  userId: string | null;
  /** The role's name; null for the platform itself. */
  role: string | null;
  /** Whether the seller has the permission pos:override, and may charge another price than the catalogue's. */
  mayOverride: boolean;
}
