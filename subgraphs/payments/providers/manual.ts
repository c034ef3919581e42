/** Money that a person takes: cash, and terminals that are not connected. The provider agrees to everything. */
import { Decimal } from '#kernel/decimal';
import { NEW_STATE } from '../intents/payment-states.rules';
import type {
  AuthorizeRequest,
  FollowUpRequest,
  PaymentProvider,
  ProviderAnswer,
  ProviderReport,
} from './provider';

const report = (
  state: Omit<Partial<ProviderReport>, 'reference'> & { reference: string },
): Promise<ProviderAnswer> =>
  Promise.resolve({ kind: 'report', report: { ...NEW_STATE, stage: 'open', ...state } });

const notFound: ProviderAnswer = {
  kind: 'rejected',
  code: 'not_found',
  message: 'A person took the money: there is no provider to ask.',
};

export const manualProvider: PaymentProvider = {
  keyLifetimeMs: Number.POSITIVE_INFINITY,
  authorize: (_, { paymentId, amount, captures }: AuthorizeRequest) =>
    report({
      reference: paymentId,
      authorizedAmount: amount,
      capturedAmount: captures ? amount : new Decimal(0),
    }),
  confirm: () => Promise.resolve(notFound),
  capture: (_, { reference, amount }: FollowUpRequest) =>
    report({ reference, authorizedAmount: amount, capturedAmount: amount }),
  void: (_, { reference }) => report({ reference, stage: 'voided' }),
  // The refunded amount is the sum of the attempts.
  refund: (_, { reference, key }) =>
    report({ reference }).then((answer) => ({ ...answer, refundReference: key })),
  lookUp: () => Promise.resolve(notFound),
  peek: () => undefined,
  readWebhook: () => undefined,
};
