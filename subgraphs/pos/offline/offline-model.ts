/** What the tables of offline sales hold beyond their columns: the codes of conflicts, and who sold. */

/** What kind of conflict it is. */
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

/** Who sold, as far as the rules of the till ask for it: as it was when the sale came in. */
export interface Seller {
  userId: string | null;
  /** The role's name; null for the platform itself. */
  role: string | null;
  /** Whether the permission pos:override lets them charge another price than the catalogue's. */
  mayOverride: boolean;
}
