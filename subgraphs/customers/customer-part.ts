/** The contract of domains that keep something of customers. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';

/** Two customers who become one. */
export interface CustomerMerge {
  /** The customer who remains. */
  readonly keptId: string;
  /** The customer whose id then answers with the kept one. */
  readonly duplicateId: string;
}

/** A domain's part in merges and erasures. Both run under the lock of the customer. */
export interface CustomerPart {
  /** Gives everything of the duplicate to the kept customer. Sums do not depend on which of the two is kept. */
  merge?(tx: Transaction, ctx: RequestContext, merge: CustomerMerge): Promise<void>;
  /** Removes texts in which the customer may be named. Amounts, times and ids remain. */
  erase?(tx: Transaction, ctx: RequestContext, customerId: string): Promise<void>;
}
