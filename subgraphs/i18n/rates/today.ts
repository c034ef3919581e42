import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { ownOrganization } from '#subgraphs/auth/index';

/** The present day in the time zone of the caller's organization. */
export async function today(ctx: RequestContext): Promise<string> {
  const { timeZone } = await ownOrganization(ctx);
  return businessDay(ctx.clock.now(), timeZone);
}
