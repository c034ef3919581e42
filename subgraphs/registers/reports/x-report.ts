import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { SessionRow } from '../model';
import { assertDrawerAccess, sessionInView } from '../sessions/resolve-session';
import { tillSettings } from '../settings/till-settings';
import { toXReport, type RegisterReport } from './register-report';
import { sessionTotals } from './session-totals.queries';

/**
 * The totals of an open session so far. Writes nothing.
 * @throws PosProError 404 without an open session; 403 for a register of another branch without pos:override, and as
 * `assertReportAccess`.
 */
export async function xReport(ctx: RequestContext, registerId?: string | null): Promise<RegisterReport> {
  const session = await sessionInView(ctx.db, ctx, registerId);
  await assertReportAccess(ctx, session);
  return toXReport(await sessionTotals(ctx.db, session.id));
}

/**
 * Lets the cashiers of a drawer read the report of its session without "reports:read". While the session is open, they may not where
 * drawers are counted blind: the payments in cash would show what should be in the drawer.
 * @throws PosProError FORBIDDEN
 */
export async function assertReportAccess(
  ctx: RequestContext,
  session: Pick<SessionRow, 'openedBy' | 'cashierId' | 'status'>,
): Promise<void> {
  if (permits(ctx.actor, 'reports:read')) return;
  assertDrawerAccess(ctx.actor, session, 'Reading the report of');
  if (session.status === 'closed' || !(await tillSettings(ctx.db)).blindClose) return;
  const details = { scope: 'reports:read' };
  const message =
    'Drawers are counted blind in this shop: the report can be read after the register is closed. Before that it requires the permission "reports:read".';
  throw new PosProError('FORBIDDEN', message, { details });
}
