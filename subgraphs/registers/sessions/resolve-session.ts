/** The session that a call refers to. */
import { permits, type Actor } from '#kernel/auth/actor';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';

/** A session that takes sales, as other domains see it. */
export type OpenSession = Pick<
  SessionRow,
  'id' | 'registerId' | 'registerName' | 'branchId' | 'cashierId' | 'openedAt' | 'training'
>;

/**
 * The open session of the register named; else the caller's own; else, for a caller with pos:override, the only open one of the branch.
 * A register that the caller has handed over must be named: otherwise a sale could end in a drawer that is no longer theirs.
 *
 * @throws PosProError 404 for an unknown register; REGISTER_CLOSED where it has no open session, or none can be assumed, which names the
 * open registers of the branch; FORBIDDEN for another branch's register without pos:override; 422 AMBIGUOUS where several could be meant.
 */
export async function openSessionFor(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow & OpenSession> {
  if (registerId != null) return sessionOfRegister(db, ctx, registerId);
  const mine = await sessionsOfCaller(db, ctx.actor);
  if (mine.length === 1) return mine[0]!;
  const open = await openSessionsOfBranch(db, ctx.actor);
  const assumesOthers = mine.length === 0 && permits(ctx.actor, 'pos:override');
  const candidates = assumesOthers ? open.filter(({ handedOver }) => !handedOver) : mine;
  if (candidates.length === 1 && open.length === 1) return candidates[0]!;
  throw unresolvedSession(open, candidates.length > 0);
}

/**
 * The caller's own open session, for work that another cashier's register must not do.
 * @throws PosProError as `openSessionFor`.
 */
export async function requireOwnSession(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
): Promise<SessionRow> {
  const mine = await sessionsOfCaller(db, ctx.actor);
  if (mine.length === 1) return mine[0]!;
  throw unresolvedSession(await openSessionsOfBranch(db, ctx.actor), mine.length > 0);
}

/** The error of a caller who names no register. @param ambiguous whether several registers could be meant, and not none. */
function unresolvedSession(open: readonly SessionRow[], ambiguous: boolean): PosProError {
  const facts = { openRegisters: open.map((row) => ({ id: row.registerId, name: row.registerName })) };
  const names = open.map(({ registerName }) => registerName).join(', ');
  if (ambiguous) {
    const message = `Several registers are open in your branch: ${names}. Name one.`;
    const errors = [{ field: 'registerId', message, code: 'AMBIGUOUS' }];
    return new PosProError('VALIDATION_FAILED', message, { errors, facts });
  }
  const hint = names
    ? `Open in your branch: ${names}. Name one, or open your own with POST /pos/register/open.`
    : 'No register of your branch is open. Open one with POST /pos/register/open.';
  return new PosProError('REGISTER_CLOSED', `You have no open register. ${hint}`, { facts });
}

/**
 * The open session to look at, by the rule of `openSessionFor`.
 * @throws PosProError as `openSessionFor`, but 404 where no session is open.
 */
export function sessionInView(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
  registerId?: string | null,
): Promise<SessionRow> {
  return openSessionFor(db, ctx, registerId).catch(asNotFound);
}

/** The caller's own open session; undefined where the caller works in none, or in several. */
export async function findOwnSession(
  db: Queryable,
  ctx: Pick<RequestContext, 'actor'>,
): Promise<SessionRow | undefined> {
  const [own, another] = await sessionsOfCaller(db, ctx.actor);
  return another ? undefined : own;
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
    assertBranchAccess(ctx.actor, session.branchId);
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

/** An error names this many open registers at most. */
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

/** A reader gets 404 where nothing is open; REGISTER_CLOSED is for work that needs an open register. */
function asNotFound(error: unknown): never {
  if (error instanceof PosProError && error.code === 'REGISTER_CLOSED')
    throw new PosProError('NOT_FOUND', error.message, { facts: error.facts });
  throw error;
}

/**
 * A caller who is bound to a branch works in no other, unless trusted with everybody's registers.
 * @throws PosProError FORBIDDEN
 */
export function assertBranchAccess(actor: Actor, branchId: string): void {
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
export function assertDrawerAccess(
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
