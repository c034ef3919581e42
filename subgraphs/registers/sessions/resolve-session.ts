/** The session that a call refers to, and whether the caller may work in it. */
import { permits, type Actor } from '#kernel/auth/actor';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';

/** The fields of an open session that other domains use. */
export type OpenSession = Pick<
  SessionRow,
  'id' | 'registerId' | 'registerName' | 'registerCode' | 'branchId' | 'cashierId' | 'openedAt' | 'training'
>;

/** The session in which a call works, or the error of a call without one. */
export type SessionResolution =
  { session: SessionRow & OpenSession; error?: undefined } | { session?: undefined; error: PosProError };

/**
 * The open session of the named register; else the caller's own; else, for a caller with pos:override, the branch's only open one.
 * A register that the caller has handed over must be named: otherwise a sale could be posted to a drawer that is no longer theirs.
 *
 * @returns as the error, 404 for an unknown register; REGISTER_CLOSED for a register without an open session, or, naming the branch's
 * open registers, if none can be assumed; 422 AMBIGUOUS if several match.
 * @throws PosProError FORBIDDEN for a register of another branch without pos:override.
 */
export async function resolveOpenSession(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionResolution> {
  if (registerId != null) return sessionOfRegister(db, ctx, registerId);
  const callerSessions = await sessionsOfCaller(db, ctx.actor);
  if (callerSessions.length === 1) return { session: callerSessions[0]! };
  const branchSessions = await openSessionsOfBranch(db, ctx.actor);
  const assumesOthers = callerSessions.length === 0 && permits(ctx.actor, 'pos:override');
  const candidates = assumesOthers ? branchSessions.filter(({ handedOver }) => !handedOver) : callerSessions;
  if (candidates.length === 1 && branchSessions.length === 1) return { session: candidates[0]! };
  return { error: unresolvedSession(branchSessions, candidates.length > 0) };
}

/**
 * The open session by the rule of `resolveOpenSession`.
 * @throws PosProError the errors of `resolveOpenSession`, those that it returns included.
 */
export async function openSessionFor(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow & OpenSession> {
  const { session, error } = await resolveOpenSession(db, ctx, registerId);
  if (error) throw error;
  return session;
}

/**
 * The caller's own open session, for work that must not happen at another cashier's register.
 * @throws PosProError as `openSessionFor`.
 */
export async function requireOwnSession(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
): Promise<SessionRow> {
  const callerSessions = await sessionsOfCaller(db, ctx.actor);
  if (callerSessions.length === 1) return callerSessions[0]!;
  throw unresolvedSession(await openSessionsOfBranch(db, ctx.actor), callerSessions.length > 0);
}

/** The error of a caller who names no register. @param ambiguous whether several registers match, instead of none. */
function unresolvedSession(branchSessions: readonly SessionRow[], ambiguous: boolean): PosProError {
  const details = {
    openRegisters: branchSessions.map((row) => ({ id: row.registerId, name: row.registerName })),
  };
  const names = branchSessions.map(({ registerName }) => registerName).join(', ');
  if (ambiguous) {
    const message = `Several registers are open in your branch: ${names}. Name one.`;
    const errors = [{ field: 'registerId', message, code: 'AMBIGUOUS' }];
    return new PosProError('VALIDATION_FAILED', message, { errors, details });
  }
  const hint = names
    ? `Open in your branch: ${names}. Name one, or open your own with POST /pos/register/open.`
    : 'No register of your branch is open. Open one with POST /pos/register/open.';
  return new PosProError('REGISTER_CLOSED', `You have no open register. ${hint}`, { details });
}

/**
 * The open session for a read, by the rule of `openSessionFor`.
 * @throws PosProError as `openSessionFor`, but 404 instead of REGISTER_CLOSED.
 */
export function sessionInView(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow> {
  return openSessionFor(db, ctx, registerId).catch(throwNotFound);
}

/** The caller's own open session; undefined if the caller works in none, or in several. */
export async function findOwnSession(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
): Promise<SessionRow | undefined> {
  const [session, another] = await sessionsOfCaller(db, ctx.actor);
  return another ? undefined : session;
}

async function sessionOfRegister(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId: string,
): Promise<SessionResolution> {
  if (!isUuid(registerId)) return { error: notFound('register', registerId) };
  const session = await db.maybeOne<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES} where s.register_id = ${registerId} and s.status = 'open'`);
  if (session) {
    assertBranchAccess(ctx.actor, session.branchId);
    return { session };
  }
  const register = await db.maybeOne<{ name: string }>(
    sql`select name from registers where id = ${registerId}`,
  );
  if (!register) return { error: notFound('register', registerId) };
  const message = `${register.name} has no open session. Open it with POST /pos/register/open.`;
  return { error: new PosProError('REGISTER_CLOSED', message) };
}

/** The open sessions in which the caller works, the newest first; at most two. */
async function sessionsOfCaller(db: Queryable, actor: Actor): Promise<SessionRow[]> {
  if (actor.kind !== 'user' && actor.kind !== 'apiKey') return [];
  return db.many<SessionRow>(sql`
    select ${SESSION_COLUMNS} from ${SESSION_TABLES}
    where s.organization_id = ${actor.organizationId} and s.cashier_id = ${actor.userId} and s.status = 'open'
    order by s.opened_at desc, s.id desc limit 2`);
}

/** Maximum number of open registers that an error names. */
const MAX_NAMED = 20;

/** An open session of a branch. */
interface BranchSession extends SessionRow {
  /** Whether the caller worked in it and handed it over. */
  readonly handedOver: boolean;
}

/** The open sessions of the caller's branch, or of the organization for a caller without a branch; by the name of the register. */
async function openSessionsOfBranch(db: Queryable, actor: Actor): Promise<BranchSession[]> {
  if (actor.kind === 'anonymous') return [];
  const branch = actor.branchId === undefined ? sql`true` : sql`s.branch_id = ${actor.branchId}`;
  const user = actor.kind === 'system' ? null : actor.userId;
  return db.many<BranchSession>(sql`
    select ${SESSION_COLUMNS}, exists (
      select from register_hand_overs h where h.session_id = s.id and h.from_user_id = ${user}::uuid
    ) as handed_over
    from ${SESSION_TABLES}
    where s.organization_id = ${actor.organizationId} and s.status = 'open' and ${branch}
    order by r.name, s.id limit ${MAX_NAMED}`);
}

/** A read gets 404 without an open session; REGISTER_CLOSED is for work that needs an open register. */
function throwNotFound(error: unknown): never {
  if (error instanceof PosProError && error.code === 'REGISTER_CLOSED')
    throw new PosProError('NOT_FOUND', error.message, { details: error.details });
  throw error;
}

/**
 * Rejects a caller of another branch without pos:override.
 * @throws PosProError FORBIDDEN
 */
export function assertBranchAccess(actor: Actor, branchId: string): void {
  if (actor.kind === 'system' || permits(actor, 'pos:override')) return;
  if (actor.kind !== 'anonymous' && (actor.branchId === undefined || actor.branchId === branchId)) return;
  throw new PosProError(
    'FORBIDDEN',
    'The register belongs to another branch. This requires the permission "pos:override".',
    {
      details: { scope: 'pos:override' },
    },
  );
}

/**
 * Rejects a caller who neither opened the register nor works at it, without pos:override: these cashiers are responsible for the
 * drawer.
 * @param action the beginning of the message: "Closing".
 * @throws PosProError FORBIDDEN
 */
export function assertDrawerAccess(
  actor: Actor,
  session: Pick<SessionRow, 'openedBy' | 'cashierId'>,
  action: string,
): void {
  if (permits(actor, 'pos:override')) return;
  if (actor.kind === 'user' || actor.kind === 'apiKey') {
    if (actor.userId === session.openedBy || actor.userId === session.cashierId) return;
  }
  throw new PosProError(
    'FORBIDDEN',
    `${action} another cashier's register requires the permission "pos:override".`,
    {
      details: { scope: 'pos:override' },
    },
  );
}
