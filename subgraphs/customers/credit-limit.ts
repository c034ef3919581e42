/** Permission to set a customer's credit limit: the caller's own, or the approval of a user who has it. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { PosProError, type FieldError } from '#kernel/errors';
import { verifyCredentials } from '#subgraphs/auth/index';
import type { CreditApprovalInput } from './inputs.generated';

const SCOPE = 'customers:credit';

/** Whether a credit limit may be set, and by whose approval. */
export interface CreditDecision {
  /** False if neither the caller nor an approving user has the permission. */
  readonly permitted: boolean;
  /** The approving user; null if the caller has the permission. */
  readonly approvedBy: string | null;
}

/**
 * Determines whether the caller may set a credit limit. Runs outside of the transaction, so that an attempt with a wrong password
 * is recorded even if the operation fails.
 * @throws PosProError 401 INVALID_CREDENTIALS, OTP_REQUIRED; 403 if the approving user does not have the permission; 429.
 */
export async function creditDecision(
  ctx: RequestContext,
  approval: CreditApprovalInput | null | undefined,
): Promise<CreditDecision> {
  if (permits(ctx.actor, SCOPE)) return { permitted: true, approvedBy: null };
  if (approval == null) return { permitted: false, approvedBy: null };
  const voucher = await verifyCredentials(ctx, approval);
  if (voucher.scopes.has(SCOPE)) return { permitted: true, approvedBy: voucher.userId };
  throw new PosProError('FORBIDDEN', `The approving user needs the permission "${SCOPE}".`, {
    details: { scope: SCOPE },
  });
}

/** The error of a credit limit that the caller may not set. */
export const LIMIT_NOT_PERMITTED: FieldError = {
  field: 'creditLimit',
  message:
    `Setting a credit limit requires the permission "${SCOPE}". Omit it, or send the e-mail address and password of a user ` +
    'with the permission as "approval".',
  code: 'APPROVAL_REQUIRED',
};

/** @throws PosProError 403 APPROVAL_REQUIRED if the credit limit may not be set. */
export function assertPermitted({ permitted }: CreditDecision): void {
  if (!permitted)
    throw new PosProError('APPROVAL_REQUIRED', LIMIT_NOT_PERMITTED.message, {
      errors: [LIMIT_NOT_PERMITTED],
      details: { scope: SCOPE },
    });
}
