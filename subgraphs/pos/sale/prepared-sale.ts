import type { RecordedRate } from '#subgraphs/i18n/index';
import type { BasketLine, Benefits, OfflineSettlement, SaleTotals, TillTerms } from '#subgraphs/orders/index';
import type { OpenSession } from '#subgraphs/registers/index';
import type { CheckoutInput } from '../inputs.generated';
import type { Conflict } from '../offline/offline-conflicts.rules';

/** The payments of an offline sale, and the conflicts that a manager should review. */
export interface OfflineOutcome {
  settlement: OfflineSettlement;
  /** Posting the sale adds the conflicts that it finds. */
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
  /** Campaigns and codes that it takes. */
  benefits: Benefits;
  /** The rate to the organization's reporting currency that the order keeps. */
  exchangeRate: RecordedRate | null;
  requestHash: string | undefined;
  approvedBy: string | null;
  /** The cashier, if that is not the caller. */
  cashierId: string | null;
  /** Set for an offline sale: goods and money have changed hands already, whatever the rules say. */
  offline?: OfflineOutcome;
  exchangeOrderId?: string | undefined;
}
