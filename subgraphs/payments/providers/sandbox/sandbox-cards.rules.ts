/** The cards and amounts of the sandbox, and what it does with them (docs/PAYMENTS.md). */
import type { Decimal } from '#kernel/decimal';

export type SandboxBehavior =
  | 'approve'
  | 'decline'
  | 'insufficient_funds'
  | 'challenge'
  | 'challenge_fails'
  | 'timeout'
  | 'late'
  | 'webhook_only'
  | 'answer_twice'
  | 'dispute'
  | 'refund_rejected'
  | 'capture_fails';

/** A card of the sandbox. */
export interface SandboxCard {
  readonly token: string;
  /** The amount, in any currency, that does the same without a token, as at a terminal. */
  readonly amount: number;
  readonly behavior: SandboxBehavior;
  readonly lastFour: string;
}

export const SANDBOX_CARDS: readonly SandboxCard[] = [
  { token: 'tok_approved', amount: 9000, behavior: 'approve', lastFour: '4242' },
  { token: 'tok_declined', amount: 9001, behavior: 'decline', lastFour: '0002' },
  { token: 'tok_insufficient_funds', amount: 9002, behavior: 'insufficient_funds', lastFour: '9995' },
  { token: 'tok_3d_secure', amount: 9003, behavior: 'challenge', lastFour: '3220' },
  { token: 'tok_3d_secure_fails', amount: 9004, behavior: 'challenge_fails', lastFour: '3063' },
  { token: 'tok_timeout', amount: 9005, behavior: 'timeout', lastFour: '6975' },
  { token: 'tok_late', amount: 9006, behavior: 'late', lastFour: '0077' },
  { token: 'tok_webhook_only', amount: 9007, behavior: 'webhook_only', lastFour: '1001' },
  { token: 'tok_answers_twice', amount: 9008, behavior: 'answer_twice', lastFour: '0341' },
  { token: 'tok_disputed', amount: 9009, behavior: 'dispute', lastFour: '0259' },
  { token: 'tok_refund_rejected', amount: 9010, behavior: 'refund_rejected', lastFour: '5126' },
  { token: 'tok_capture_fails', amount: 9011, behavior: 'capture_fails', lastFour: '3155' },
];

/** The time after which `late` and `webhook_only` settle. */
export const SETTLES_AFTER_MS: Partial<Record<SandboxBehavior, number>> = {
  late: 30_000,
  webhook_only: 1_000,
};

/** The card behind a token; undefined for an unknown token. Without a token, the amount decides, and all others are approved. */
export function sandboxCard(token: string | null, amount: Decimal): SandboxCard | undefined {
  if (token !== null) return SANDBOX_CARDS.find((card) => card.token === token);
  return SANDBOX_CARDS.find((card) => amount.equals(card.amount)) ?? SANDBOX_CARDS[0];
}
