/** Whether a code may be used in a sale. */
import type { DiscountCodeRow } from '../tables.generated';

/** Reasons why a code is invalid. */
export type CodeReason =
  | 'unknown'
  | 'inactive'
  | 'not_started'
  | 'expired'
  | 'exhausted'
  | 'customer'
  | 'customer_required'
  | 'customer_uses';

/** The sale in which a code is used. */
interface CodeSale {
  readonly at: Date;
  /** Whether its campaign is active. */
  readonly isLive: boolean;
  readonly customerId: string | null;
  readonly keys: readonly string[];
  /** Number of orders of the customer that have it. */
  readonly uses: number;
}

/** The reason why a code is invalid; undefined if it is valid. */
export function codeReason(
  code: DiscountCodeRow,
  { at, isLive, customerId, keys, uses }: CodeSale,
): CodeReason | undefined {
  if (!isLive) return 'inactive';
  if (code.validFrom && at < code.validFrom) return 'not_started';
  if (code.validUntil && at >= code.validUntil) return 'expired';
  if (code.usesLimit !== null && code.uses >= code.usesLimit) return 'exhausted';
  if (code.customerId !== null && code.customerId !== customerId) return 'customer';
  if (code.usesPerCustomer === null) return undefined;
  if (keys.length === 0) return 'customer_required';
  return uses >= code.usesPerCustomer ? 'customer_uses' : undefined;
}
