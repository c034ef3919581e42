import { mergeResolvers } from '@graphql-tools/merge';
import { groupBy } from '#kernel/collections';
import { type RequestContext } from '#kernel/context';
import { subscription } from '#kernel/graph/event-stream';
import { byId, loader, loadRequired } from '#kernel/graph/loader';
import type { Decimal } from '#kernel/decimal';
import { IMPORT_SCHEMA, importErrorFields, importJobFields } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { formatMoney } from '#kernel/money';
import { ownOrganization } from '#subgraphs/auth/index';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { validateCard } from './card-check';
import type { SubscriptionPaymentChangedArgs } from './inputs.generated';
import { resolvers as giftCards } from './gift-cards/resolvers';
import { calculateInstallments } from './installments';
import { branchPaymentMethods, updateBranchPaymentMethod } from './branch-payment-methods';
import { listPaymentMethods, updatePaymentMethod } from './payment-methods';
import { cashStepOf } from './payment-methods.rules';
import { attemptsOfIntents } from './intents/payment-attempts';
import { intentsByIds } from './intents/payment-intents';
import { paymentChanges } from './payment-changes';
import { shownProviderSettings, updateProviderSettings } from './providers/provider-settings';
import { PAYMENT_RETENTION } from './retention';
import {
  shownPaymentsByIds,
  shownPaymentsOfOrders,
  trainingPayments,
  type ShownPayment,
} from './shown-payments';
import type { PaymentIntentRow } from './tables.generated';
import { resolvers as settlements } from './settlements/resolvers';
import { settledFees } from './settlements/settlements.queries';
import { resolvers as storeCredit } from './store-credit/resolvers';
import { type Resolvers } from './types.generated';

const resolvers: Resolvers = {
  Query: {
    payment: (_, { id }, ctx) => loadRequired(paymentLoader(ctx), 'payment', id),
    paymentMethods: (_, filter, ctx) => listPaymentMethods(ctx, filter),
    branchPaymentMethods: (_, { branchId }, ctx) => branchPaymentMethods(ctx.db, branchId),
    paymentProvider: (_, __, ctx) => shownProviderSettings(ctx),
    validateCard: (_, { input }, ctx) => validateCard(ctx, input),
    calculateInstallments: (_, { input }, ctx) => calculateInstallments(ctx, input),
  },
  Mutation: {
    updatePaymentMethod: (_, { method, input }, ctx) => updatePaymentMethod(ctx, method, input),
    updateBranchPaymentMethod: (_, { branchId, method, input }, ctx) =>
      updateBranchPaymentMethod(ctx, branchId, method, input),
    updatePaymentProvider: (_, { input }, ctx) => updateProviderSettings(ctx, input),
  },
  Subscription: {
    paymentChanged: subscription((_, watch: SubscriptionPaymentChangedArgs, ctx) =>
      paymentChanges(ctx, watch),
    ),
  },
  Payment: {
    __resolveReference: async ({ id }, ctx) => (await paymentLoader(ctx).load(id)) ?? null,
    order: ({ orderId }) => (orderId === null ? null : { id: orderId }),
    providerReference: ofIntent(({ providerReference }) => providerReference),
    authorizedAmount: ofIntent(({ authorizedAmount, currency }) => formatMoney(authorizedAmount, currency)),
    capturedAmount: ofIntent(({ capturedAmount, currency }) => formatMoney(capturedAmount, currency)),
    fee: (payment, _, ctx) => feeOf(ctx, payment),
    declineCode: ofIntent(({ declineCode }) => declineCode),
    nextAction: ofIntent(({ nextAction }) => nextAction),
    card: ofIntent(({ card }) => card),
    expiresAt: ofIntent(({ expiresAt, orderId }) => (orderId === null ? expiresAt : null)),
    attempts: async ({ id, provider }, _, ctx) => {
      if (provider === null) return [];
      const load = async (ids: readonly string[]) =>
        groupBy(await attemptsOfIntents(ctx.db, ids), ({ intentId }) => intentId);
      return (await loader(ctx, 'payments.attempts', load).load(id)) ?? [];
    },
  },
  PaymentMethod: {
    minAmount: ({ minAmount }, _, ctx) => limitOf(ctx, minAmount),
    maxAmount: ({ maxAmount }, _, ctx) => limitOf(ctx, maxAmount),
    cashRoundingStep: ({ cashRoundingStep }, _, ctx) => limitOf(ctx, cashRoundingStep),
    effectiveCashRoundingStep: async (method, _, ctx) => {
      if (method.method !== 'cash') return null;
      const { cashRoundingStep, currency } = await ownOrganization(ctx);
      return formatMoney(cashStepOf([method], cashRoundingStep), currency);
    },
  },
  ImportJob: importJobFields,
  ImportError: importErrorFields,
  PaymentChange: {
    payment: async ({ paymentId }, _, ctx) => (await paymentLoader(ctx).load(paymentId)) ?? null,
    order: ({ orderId }) => (orderId === null ? null : { id: orderId }),
  },
  Order: {
    __resolveReference: ({ id }) => ({ id }),
    payments: async ({ id }, _, ctx) => {
      const load = (ids: readonly string[]) => shownPaymentsOfOrders(ctx.db, ids);
      const found = (await loader(ctx, 'payments.ofOrder', load).load(id)) ?? [];
      return found.length === 0 && ctx.reply.posted?.includes(id) ? trainingPayments(ctx.db, id) : found;
    },
  },
};

export const subgraph = defineSubgraph(__dirname, {
  retention: PAYMENT_RETENTION,
  sharedTypes: [IMPORT_SCHEMA],
  resolvers: mergeResolvers([resolvers, giftCards, settlements, storeCredit]),
  start: () => Promise.resolve(stopImports),
});

const paymentLoader = (ctx: RequestContext) =>
  loader(ctx, 'payments.payment', (ids) => shownPaymentsByIds(ctx.db, ids));

/** A limit or the step of a payment method in the currency of the organization. */
async function limitOf(ctx: RequestContext, amount: Decimal | null): Promise<string | null> {
  return amount && formatMoney(amount, (await ownOrganization(ctx)).currency);
}

/** Methods whose money no provider pays out. */
const WITHOUT_PAYOUT: readonly string[] = ['cash', 'credit', 'gift_card', 'store_credit', 'exchange'];

/** The fee of a payment: the sum of its payouts, or else the one that the provider named with its answer. */
async function feeOf(ctx: RequestContext, payment: ShownPayment): Promise<string | null> {
  const { id, method, provider, currency } = payment;
  if (WITHOUT_PAYOUT.includes(method)) return null;
  const settled = await loader(ctx, 'payments.settledFees', (ids) => settledFees(ctx.db, ids)).load(id);
  const fee = settled?.find((one) => one.currency === currency)?.fee;
  if (fee || provider === null) return fee ? formatMoney(fee, currency) : null;
  return intentField(ctx, id, (intent) => intent.fee && formatMoney(intent.fee, currency));
}

/** A field of a payment through a provider; null for payments that were only recorded, of which nothing is read. */
function ofIntent<Value>(read: (intent: PaymentIntentRow) => Value) {
  return async ({ id, provider }: ShownPayment, _: unknown, ctx: RequestContext): Promise<Value | null> => {
    if (provider === null) return null;
    return intentField(ctx, id, read);
  };
}

async function intentField<Value>(
  ctx: RequestContext,
  id: string,
  read: (intent: PaymentIntentRow) => Value,
): Promise<Value | null> {
  const intents = loader(ctx, 'payments.intent', async (ids) => byId(await intentsByIds(ctx.db, ids)));
  const intent = await intents.load(id);
  return intent ? read(intent) : null;
}
