/** The sandbox: a provider without an outside, deterministic by its cards. Default where nothing is configured. */
import type { Services } from '#kernel/context';
import { Decimal, ZERO } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import type { SandboxOperationRow, SandboxPaymentRow } from '../../tables.generated';
import type {
  FollowUpRequest,
  PaymentProvider,
  ProviderAccount,
  ProviderAnswer,
  ProviderEvent,
} from '../provider';
import { sandboxCard } from './sandbox-cards.rules';
import {
  findSandboxPayment,
  openSandboxPayment,
  operateSandboxPayment,
  type SandboxChange,
} from './sandbox-payments';
import { SANDBOX_SIGNATURE, isSandboxSignature } from './sandbox-signature';
import { sandboxPaymentId, sandboxReport } from './sandbox-report.rules';

const KEY_LIFETIME_MS = 24 * 3_600_000;

export function sandboxProvider(services: Services): PaymentProvider {
  const operate = async (
    kind: SandboxOperationRow['kind'],
    { organizationId }: ProviderAccount,
    { key, amount, reference }: FollowUpRequest,
    change: SandboxChange,
  ): Promise<ProviderAnswer> => {
    const paymentId = sandboxPaymentId(reference);
    const operation = { key, kind, amount, paymentId };
    const payment = await operateSandboxPayment(services, organizationId, operation, change);
    if (!payment)
      return rejected(
        'not_permitted',
        'The sandbox does not permit this in the present state of the payment.',
      );
    return { ...report(payment), ...(kind === 'refund' && { refundReference: `sbr_${key}` }) };
  };
  return {
    keyLifetimeMs: KEY_LIFETIME_MS,
    async authorize({ organizationId }, request) {
      const card = sandboxCard(request.cardToken, request.amount);
      if (!card) return rejected('unknown_token', 'The sandbox has no card with this token.');
      const { payment, isNew } = await openSandboxPayment(services, organizationId, request, card);
      if (!payment.amount.equals(request.amount))
        return rejected('key_reused', 'The key was used for another amount.');
      const isSilent = payment.behavior === 'timeout' || payment.behavior === 'late';
      return isNew && isSilent
        ? { kind: 'unknown', message: 'The sandbox did not answer.' }
        : report(payment);
    },
    confirm: (account, request) => operate('confirm', account, request, confirmed),
    capture: async (account, request) =>
      captureAnswer(await operate('capture', account, request, captured(request.amount))),
    void: (account, request) => operate('void', account, request, voided),
    refund: (account, request) => operate('refund', account, request, refunded(request.amount)),
    async lookUp({ organizationId }, { reference, paymentId }) {
      const id = reference === null ? undefined : sandboxPaymentId(reference);
      const payment = await findSandboxPayment(services, organizationId, { id, metadata: paymentId });
      return payment ? report(payment) : rejected('not_found', 'The sandbox has no such payment.');
    },
    peek: (body) => {
      const event = readBody(body);
      return event && { organizationId: event.organizationId, reference: undefined };
    },
    readWebhook(_, { headers, body }) {
      const event = readBody(body);
      return event && isSandboxSignature(services.config, body, headers[SANDBOX_SIGNATURE])
        ? toEvent(event)
        : undefined;
    },
  };
}

// --- Changes ---

const confirmed: SandboxChange = ({ stage, behavior, amount, captures }) => {
  if (stage !== 'requires_action') return undefined;
  if (behavior === 'challenge_fails') return { stage: 'declined', declineCode: 'authentication_failed' };
  return { stage: 'open', authorizedAmount: amount, capturedAmount: captures ? amount : ZERO };
};

const captured =
  (amount: Decimal): SandboxChange =>
  ({ stage, behavior, authorizedAmount, capturedAmount }) => {
    if (stage !== 'open' || !capturedAmount.isZero() || amount.greaterThan(authorizedAmount))
      return undefined;
    return behavior === 'capture_fails' ? { stage: 'expired' } : { capturedAmount: amount };
  };

const ENDED: readonly SandboxPaymentRow['stage'][] = ['declined', 'voided', 'expired'];

const voided: SandboxChange = ({ stage, capturedAmount }) =>
  !ENDED.includes(stage) && capturedAmount.isZero() ? { stage: 'voided' } : undefined;

const refunded =
  (amount: Decimal): SandboxChange =>
  ({ behavior, capturedAmount, refundedAmount }) => {
    const sum = refundedAmount.plus(amount);
    return behavior !== 'refund_rejected' && sum.lessThanOrEqualTo(capturedAmount)
      ? { refundedAmount: sum }
      : undefined;
  };

// --- Answers ---

const report = (payment: SandboxPaymentRow): ProviderAnswer => ({
  kind: 'report',
  report: sandboxReport(payment),
});

/** The money of an authorization that has expired cannot be captured. */
function captureAnswer(answer: ProviderAnswer): ProviderAnswer {
  if (answer.kind !== 'report' || answer.report.stage !== 'expired') return answer;
  return { ...answer, ...rejected('capture_failed', 'The sandbox could not capture the money.') };
}

const rejected = (code: string, message: string): ProviderAnswer => ({ kind: 'rejected', code, message });

// --- Webhooks ---

/** The body of a webhook. Amounts are decimals as text. */
interface SandboxBody {
  readonly id: string;
  readonly organizationId: string;
  readonly paymentId: string;
  readonly report: ReturnType<typeof sandboxReport>;
}

function readBody(body: Buffer): SandboxBody | undefined {
  try {
    const event = JSON.parse(body.toString('utf8')) as Partial<SandboxBody> | null;
    return isUuid(event?.organizationId ?? '') && typeof event?.id === 'string'
      ? (event as SandboxBody)
      : undefined;
  } catch {
    // Not JSON, so not from the sandbox.
    return undefined;
  }
}

function toEvent({ id, paymentId, report: sent }: SandboxBody): ProviderEvent {
  const { authorizedAmount, capturedAmount, refundedAmount } = sent;
  const amounts = { authorizedAmount, capturedAmount, refundedAmount };
  const read = Object.fromEntries(Object.entries(amounts).map(([name, text]) => [name, new Decimal(text)]));
  return { id, paymentId, report: { ...sent, ...read } };
}
