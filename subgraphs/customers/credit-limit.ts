/** Who may decide how much a customer may owe: whoever has the permission, or gets the leave of somebody who has it. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { PosProError, type FieldError } from '#kernel/errors';
import { verifyCredentials } from '#subgraphs/auth/index';
import type { CreditApprovalInput } from './inputs.generated';

const SCOPE = 'customers:credit';

/** Who decides about a credit limit. */
export interface CreditDecision {
  /** False where the caller may not, and nobody who may has given leave. */
  readonly permitted: boolean;
  /** Whoever has given leave; null where the caller may decide. */
  readonly approvedBy: string | null;
}

/**
 * Finds out who decides. It is asked outside of the transaction: an attempt with a wrong password is recorded whatever comes of it.
 * @throws PosProError 401 INVALID_CREDENTIALS, OTP_REQUIRED; 403 where the colleague may not decide either; 429.
 */
export async function creditDecision(
  ctx: RequestContext,
  approval: CreditApprovalInput | null | undefined,
): Promise<CreditDecision> {
  if (permits(ctx.actor, SCOPE)) return { permitted: true, approvedBy: null };
  if (approval == null) return { permitted: false, approvedBy: null };
  const voucher = await verifyCredentials(ctx, approval);
  if (voucher.scopes.has(SCOPE)) return { permitted: true, approvedBy: voucher.userId };
  throw new PosProError('FORBIDDEN', `To give leave for this needs the permission "${SCOPE}".`, {
    facts: { scope: SCOPE },
  });
}

/** What is wrong with a credit limit on which nobody decides who may. */
export const LIMIT_NOT_PERMITTED: FieldError = {
  field: 'creditLimit',
  message:
    `Deciding on a credit limit needs the permission "${SCOPE}". Leave it out, or send the e-mail address and password of ` +
    'somebody who has the permission as "approval".',
  code: 'APPROVAL_REQUIRED',
};

/** @throws PosProError 403 APPROVAL_REQUIRED where nobody decides who may. */
export function assertPermitted({ permitted }: CreditDecision): void {
  if (!permitted)
    throw new PosProError('APPROVAL_REQUIRED', LIMIT_NOT_PERMITTED.message, {
      errors: [LIMIT_NOT_PERMITTED],
      facts: { scope: SCOPE },
    });
}
