import type { RequestContext } from '#kernel/context';
import { sessionInView } from '../sessions/resolve-session';
import { toXReport, type RegisterReport } from './register-report';
import { sessionTotals } from './session-totals.queries';

/**
 * The totals of an open session so far. Writes nothing.
 * @throws PosProError 404 without an open session; 403 for a register of another branch without pos:override.
 */
export async function xReport(ctx: RequestContext, registerId?: string | null): Promise<RegisterReport> {
  const session = await sessionInView(ctx.db, ctx, registerId);
  return toXReport(await sessionTotals(ctx.db, session.id));
}
