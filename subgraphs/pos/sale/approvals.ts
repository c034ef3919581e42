/** A manager's one-time approval for a single restricted action: a token that is valid once, for minutes, and at one register. */
import { createHash, randomBytes } from 'node:crypto';
import { userOf } from '#kernel/auth/access';
import { permits } from '#kernel/auth/actor';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, notFound } from '#kernel/errors';
import { verifyCredentials } from '#subgraphs/auth/index';
import { openSessionFor, registersByIds } from '#subgraphs/registers/index';
import type { ApprovalKind, CreateApprovalInput } from '../inputs.generated';
import { approvals, type ApprovalRow } from '../tables.generated';

/** The permission that the approver needs. */
const APPROVER_SCOPES: Readonly<Record<ApprovalKind, string>> = {
  discount: 'pos:override',
  price_override: 'pos:override',
  void: 'pos:void',
};

/** As long as it takes to walk back from the manager's desk. */
const LIFETIME_MS = 5 * 60_000;
const MAX_TOKENS = 5;

/** A created approval. The token is shown only here; the database stores its hash. */
export interface CreatedApproval extends Pick<
  ApprovalRow,
  'id' | 'kind' | 'registerId' | 'approvedBy' | 'expiresAt'
> {
  token: string;
}

/**
 * Creates an approval for one action at a register.
 *
 * @throws PosProError 401 INVALID_CREDENTIALS, OTP_REQUIRED; 403 if the approver lacks the permission too; 404 for an unknown
 * register; 409 REGISTER_CLOSED if none is named and the caller works in none; 429.
 */
export async function createApproval(
  ctx: RequestContext,
  input: CreateApprovalInput,
): Promise<CreatedApproval> {
  throwFieldErrors(textErrors('reason', input.reason, { max: 500 }));
  const registerId = await resolveRegisterId(ctx, input.registerId);
  const approvedBy = await resolveApprover(ctx, input);
  const token = randomBytes(18).toString('base64url');
  return transact(ctx, async (tx) => {
    const expiresAt = new Date(tx.now.getTime() + LIFETIME_MS);
    const approval = { id: ctx.ids.next(), kind: input.kind, registerId, approvedBy, expiresAt };
    const row = {
      ...approval,
      organizationId: tx.organizationId,
      requestedBy: userOf(ctx),
      createdAt: tx.now,
    };
    await tx.run(approvals.insert({ ...row, reason: input.reason?.trim(), tokenHash: hashToken(token) }));
    return { ...approval, token };
  });
}

async function resolveRegisterId(
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<string> {
  if (registerId == null) return (await openSessionFor(ctx.db, ctx)).registerId;
  const register = (await registersByIds(ctx.db, [registerId])).get(registerId.toLowerCase());
  if (!register) throw notFound('register', registerId);
  return register.id;
}

async function resolveApprover(
  ctx: RequestContext,
  { kind, email, password, otp }: CreateApprovalInput,
): Promise<string> {
  const scope = APPROVER_SCOPES[kind];
  const forbidden = () =>
    new PosProError('FORBIDDEN', `This approval requires the permission "${scope}".`, {
      details: { scope },
    });
  if (email == null && password == null) {
    const caller = userOf(ctx);
    if (caller === undefined || !permits(ctx.actor, scope)) throw forbidden();
    return caller;
  }
  const manager = await verifyCredentials(ctx, { email: email ?? '', password: password ?? '', otp });
  if (!manager.scopes.has(scope)) throw forbidden();
  return manager.userId;
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The action that a valid token approves, and the approver. */
type TokenApproval = Pick<ApprovalRow, 'kind' | 'approvedBy'>;

/** The approvals of a sale. */
export interface Approvals {
  kinds: ReadonlySet<ApprovalKind>;
  /** The first approver, if there are several. */
  approvedBy: string | null;
}

export const NO_APPROVALS: Approvals = { kinds: new Set(), approvedBy: null };

/**
 * Uses tokens inside the caller's transaction: they stay valid if the transaction fails.
 * @param orderId the order for which they are used; null for an order that is not stored.
 * @throws PosProError 403 APPROVAL_REQUIRED for a token that is unknown, used, expired, or for another register.
 */
export async function useApprovals(
  tx: Transaction,
  tokens: readonly string[],
  registerId: string,
  orderId: string | null,
): Promise<Approvals> {
  const hashes = hashTokens(tokens);
  const rows = await tx.many<TokenApproval>(sql`
    update approvals set used_at = ${tx.now}, order_id = ${orderId}::uuid
    where organization_id = ${tx.organizationId}::uuid and token_hash = any(${hashes}::text[]) and register_id = ${registerId}::uuid
      and used_at is null and expires_at > ${tx.now}
    returning kind, approved_by`);
  return toApprovals(rows, hashes);
}

/** Reads tokens for a preview: they stay valid. @throws PosProError as `useApprovals`. */
export async function readApprovals(
  db: Queryable,
  tokens: readonly string[],
  registerId: string | undefined,
  now: Date,
): Promise<Approvals> {
  if (tokens.length === 0 || registerId === undefined) return NO_APPROVALS;
  const hashes = hashTokens(tokens);
  const rows = await db.many<TokenApproval>(sql`
    select kind, approved_by from approvals
    where token_hash = any(${hashes}::text[]) and register_id = ${registerId}::uuid and used_at is null and expires_at > ${now}`);
  return toApprovals(rows, hashes);
}

function hashTokens(tokens: readonly string[]): string[] {
  return [...new Set(tokens.slice(0, MAX_TOKENS).map(hashToken))];
}

function toApprovals(rows: readonly TokenApproval[], hashes: readonly string[]): Approvals {
  if (rows.length < hashes.length) {
    const message = 'The approval is unknown, used, expired, or for another register. Ask for a new one.';
    throw new PosProError('APPROVAL_REQUIRED', message, {
      errors: [{ field: 'approvalTokens', message, code: 'APPROVAL_INVALID' }],
    });
  }
  return { kinds: new Set(rows.map(({ kind }) => kind)), approvedBy: rows[0]?.approvedBy ?? null };
}
