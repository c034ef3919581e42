/** Types of the domain that its tables name. */

/** A step of a graded commission: the percentage on sales of the month from an amount on, up to the next step. */
export interface StoredTier {
  /** Decimal as text: the row is JSON. */
  readonly from: string;
  readonly percent: string;
}
