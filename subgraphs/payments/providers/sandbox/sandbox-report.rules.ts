import type { SandboxPaymentRow } from '../../tables.generated';
import type { ProviderReport } from '../provider';
import { SANDBOX_CARDS } from './sandbox-cards.rules';

const PREFIX = 'sbx_';

/** The sandbox's public id of a payment. */
const sandboxReference = (id: string): string => `${PREFIX}${id}`;

/** The payment's id in the books. */
export const sandboxPaymentId = (reference: string): string => reference.slice(PREFIX.length);

/** A payment as the sandbox answers and sends it. */
export function sandboxReport(payment: SandboxPaymentRow): ProviderReport {
  const { id, stage, behavior, declineCode, authorizedAmount, capturedAmount, refundedAmount } = payment;
  const reference = sandboxReference(id);
  const { lastFour } = SANDBOX_CARDS.find((card) => card.behavior === behavior)!;
  return {
    reference,
    stage,
    authorizedAmount,
    capturedAmount,
    refundedAmount,
    dispute: 'none',
    declineCode,
    nextAction:
      stage === 'requires_action'
        ? { type: 'redirect', url: `https://sandbox.invalid/3d-secure/${reference}`, clientSecret: null }
        : null,
    card: { scheme: 'visa', lastFour, expiryMonth: 12, expiryYear: 2039, fingerprint: `sandbox_${lastFour}` },
    fee: null,
  };
}
