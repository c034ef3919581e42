import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { formatUnitPrice } from '#kernel/money';
import { currencyOf } from '#subgraphs/auth/index';

/** A unit price or cost in the organization's currency. */
export async function formatPrice(ctx: RequestContext, amount: Decimal): Promise<string> {
  return formatUnitPrice(amount, await currencyOf(ctx));
}
