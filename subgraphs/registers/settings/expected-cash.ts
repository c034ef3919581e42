import type { RequestContext } from '#kernel/context';
import type { Decimal } from '#kernel/decimal';
import { loader } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import { seesExpectedCash, tillSettings, type TillSettings } from './till-settings';

/** The expected cash of a row; null for a caller who may not see it. */
export async function visibleExpectedCash(
  row: { expectedCash: Decimal; currency: string },
  ctx: RequestContext,
): Promise<string | null> {
  const visible = seesExpectedCash(ctx.actor, await requestSettings(ctx));
  return visible ? formatMoney(row.expectedCash, row.currency) : null;
}

/** The till settings, read once a request. */
async function requestSettings(ctx: RequestContext): Promise<TillSettings> {
  const load = async (keys: readonly string[]) => {
    const settings = await tillSettings(ctx.db);
    return new Map(keys.map((key) => [key, settings]));
  };
  return (await loader(ctx, 'registers.settings', load).load('settings'))!;
}
