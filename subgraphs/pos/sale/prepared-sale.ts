import type { SaleTotals, OfflineSettlement } from '#subgraphs/orders/index';
import type { OpenSession } from '#subgraphs/registers/index';
import type { BasketLine } from './basket-line.rules';
import type { CheckoutInput } from '../inputs.generated';
import type { Conflict } from '../offline/offline-conflicts.rules';
import type { TillTerms } from './selling-terms';

/** How an offline sale was paid, and the conflicts that a manager should review. */
export interface OfflineOutcome {
  settlement: OfflineSettlement;
  /** Writing the sale adds the conflicts that it finds. */
  conflicts: Conflict[];
}

/** A validated sale; only its payments, stock, credit and constraints can still reject it. */
export interface PreparedSale {
  id: string;
  input: CheckoutInput;
  terms: TillTerms;
  warehouseId: string;
  session: OpenSession;
  lines: readonly BasketLine[];
  totals: SaleTotals;
  requestHash: string | undefined;
  approvedBy: string | null;
  /** Who sold, where that is not the caller. */
  cashierId: string | null;
  /** A sale made at a till that was offline: the goods and the money have changed hands, whatever the rules say of it. */
  offline?: OfflineOutcome;
  exchangeOrderId?: string | undefined;
}
