/** The price up to a limit, inclusive, as a rate stores it: JSON has decimals as texts. */
export interface RateBand {
  /** In kilograms or pounds, litres, or the currency; null without a limit. */
  readonly upTo: string | null;
  readonly price: string;
}
