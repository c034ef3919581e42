/** Which session a caller means. */
import { permits, type Actor } from '#kernel/auth/actor';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';

/** A session that takes sales, as other domains see it. */
export type OpenSession = Pick<
  SessionRow,
  'id' | 'registerId' | 'registerName' | 'branchId' | 'cashierId' | 'openedAt' | 'training'
>;

/**
 * The open session of a register, or the one in which the caller works, where no register is named.
 *
 * @throws PosProError 404 for an unknown register; REGISTER_CLOSED where it, or the caller, has no open session; FORBIDDEN for
 * another branch's register without pos:override; 422 where the caller works in several and names none.
 */
export async function openSessionFor(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow & OpenSession> {
  if (registerId != null) return sessionOfRegister(db, ctx, registerId);
  const [session, another] = await sessionsOfCaller(db, ctx.actor);
  if (!session) {
    throw new PosProError(
      'REGISTER_CLOSED',
      'You have no open register. Open one with POST /pos/register/open, or name one.',
    );
  }
  if (another)
    throw invalid('registerId', 'You have several open registers; say which one is meant.', 'AMBIGUOUS');
  return session;
}

async function sessionOfRegister(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId: string,
): Promise<SessionRow> {
  if (!isUuid(registerId)) throw notFound('register', registerId);
  const session = await db.maybeOne<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES} where s.register_id = ${registerId} and s.status = 'open'`);
  if (session) {
    requireBranch(ctx.actor, session.branchId);
    return session;
  }
  const register = await db.maybeOne<{ name: string }>(
    sql`select name from registers where id = ${registerId}`,
  );
  if (!register) throw notFound('register', registerId);
  throw new PosProError(
    'REGISTER_CLOSED',
    `${register.name} has no open session. Open it with POST /pos/register/open.`,
  );
}

/** The open sessions in which the caller works, newest first; two at most. */
async function sessionsOfCaller(db: Queryable, actor: Actor): Promise<SessionRow[]> {
  if (actor.kind !== 'user' && actor.kind !== 'apiKey') return [];
  return db.many<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES}
    where s.organization_id = ${actor.organizationId} and s.cashier_id = ${actor.userId} and s.status = 'open'
    order by s.opened_at desc, s.id desc limit 2`);
}

/**
 * The open session that a reader means: of the register named, else the newest the caller works in, else, for those who look
 * after others (pos:override or reports:read), the newest of their branch.
 *
 * @throws PosProError 404 for an unknown register, or where nothing is open.
 */
export async function sessionInView(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow> {
  const session =
    registerId == null
      ? await sessionOnDisplay(db, ctx.actor)
      : await sessionOfRegister(db, ctx, registerId).catch(asNotFound);
  if (!session)
    throw new PosProError(
      'NOT_FOUND',
      'You have no open register. Open one with POST /pos/register/open, or name one.',
    );
  return session;
}

async function sessionOnDisplay(db: Queryable, actor: Actor): Promise<SessionRow | undefined> {
  const [own] = await sessionsOfCaller(db, actor);
  if (own || actor.kind === 'anonymous') return own;
  if (!permits(actor, 'pos:override') && !permits(actor, 'reports:read')) return undefined;
  const branch = actor.branchId === undefined ? sql`true` : sql`s.branch_id = ${actor.branchId}`;
  return db.maybeOne<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES}
    where s.organization_id = ${actor.organizationId} and s.status = 'open' and ${branch}
    order by s.opened_at desc, s.id desc limit 1`);
}

/** Who only looks is told that there is nothing to see; REGISTER_CLOSED answers who wants to work. */
function asNotFound(error: unknown): never {
  if (error instanceof PosProError && error.code === 'REGISTER_CLOSED')
    throw new PosProError('NOT_FOUND', error.message);
  throw error;
}

/**
 * A caller who is bound to a branch works in no other, unless trusted with everybody's registers.
 * @throws PosProError FORBIDDEN
 */
export function requireBranch(actor: Actor, branchId: string): void {
  if (actor.kind === 'system' || permits(actor, 'pos:override')) return;
  if (actor.kind !== 'anonymous' && (actor.branchId === undefined || actor.branchId === branchId)) return;
  throw new PosProError(
    'FORBIDDEN',
    'The register belongs to another branch, which needs the permission "pos:override".',
    {
      facts: { scope: 'pos:override' },
    },
  );
}

/**
 * The drawer is answered for by whoever opened the register or works at it; others need pos:override.
 * @param what the deed, as it begins the message: "Closing".
 * @throws PosProError FORBIDDEN
 */
export function requireDrawer(
  actor: Actor,
  session: Pick<SessionRow, 'openedBy' | 'cashierId'>,
  what: string,
): void {
  if (permits(actor, 'pos:override')) return;
  if (actor.kind === 'user' || actor.kind === 'apiKey') {
    if (actor.userId === session.openedBy || actor.userId === session.cashierId) return;
  }
  throw new PosProError(
    'FORBIDDEN',
    `${what} somebody else's register needs the permission "pos:override".`,
    {
      facts: { scope: 'pos:override' },
    },
  );
}
