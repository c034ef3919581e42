/** The graph face of the registers. */
import { type RequestContext } from '#kernel/context';
import { type Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { subscription } from '#kernel/graph/event-stream';
import { formatMoney } from '#kernel/money';
import { listCashMovements, moveCash } from './cash/cash-movements';
import { closeRegister } from './sessions/close-register';
import { sessionInView } from './sessions/resolve-session';
import { createRegisterDevice, listRegisterDevices, revokeRegisterDevice } from './devices/register-devices';
import { handOver, handOversOf, type HandOverRow } from './sessions/handover';
import type { SubscriptionRegisterChangedArgs } from './inputs.generated';
import { receiptLogo, setReceiptLogo } from './settings/receipt-logo';
import { openRegister } from './sessions/open-register';
import { createRegister, listRegisters, registersByIds, updateRegister } from './register/registers';
import { xReport } from './reports/x-report';
import { type RegisterRow } from './model';
import {
  seesExpectedCash,
  tillSettings,
  updateTillSettings,
  type TillSettings,
} from './settings/till-settings';
import { openSessionsOf, registerSessions, sessionsByIds } from './sessions/sessions.queries';
import { registerChanges } from './register/subscriptions';
import { type Resolvers } from './types.generated';
import { listZReports, verifyChain, zReport } from './reports/z-reports';

/** A resolver of an amount that stands under `field` of a row with a currency. */
function money<Field extends string>(field: Field) {
  return (row: { currency: string } & Record<Field, Decimal>): string =>
    formatMoney(row[field], row.currency);
}

/** The same for an amount that may be absent. */
function moneyOrNull<Field extends string>(field: Field) {
  return (row: { currency: string } & Record<Field, Decimal | null>): string | null => {
    const amount = row[field];
    return amount === null ? null : formatMoney(amount, row.currency);
  };
}

function userReference(id: string | null) {
  return id === null ? null : { __typename: 'User' as const, id };
}

function registerOf(ctx: RequestContext, id: string) {
  return loader(ctx, 'registers.register', (ids) => registersByIds(ctx.db, ids)).load(id);
}

function found(register: RegisterRow | undefined, id: string): RegisterRow {
  if (!register) throw notFound('register', id);
  return register;
}

/** The settings, read once a request. */
async function settingsOf(ctx: RequestContext): Promise<TillSettings> {
  const load = async (keys: readonly string[]) => {
    const settings = await tillSettings(ctx.db);
    return new Map(keys.map((key) => [key, settings]));
  };
  return (await loader(ctx, 'registers.settings', load).load('settings'))!;
}

async function expectedCash(
  row: { expectedCash: Decimal; currency: string },
  ctx: RequestContext,
): Promise<string | null> {
  const sees = seesExpectedCash(ctx.actor, await settingsOf(ctx));
  return sees ? formatMoney(row.expectedCash, row.currency) : null;
}

async function handOversIn(
  ctx: RequestContext,
  sessionId: string | null | undefined,
): Promise<HandOverRow[]> {
  const session =
    sessionId == null
      ? await sessionInView(ctx.db, ctx)
      : (await sessionsByIds(ctx.db, [sessionId])).get(sessionId.toLowerCase());
  if (!session) throw notFound('register session', sessionId!);
  return handOversOf(ctx.db, session);
}

const resolvers: Resolvers = {
  Query: {
    registers: (_, args, ctx) => listRegisters(ctx, args),
    registerDevices: (_, { registerId, ...args }, ctx) => listRegisterDevices(ctx, registerId, args),
    register: async (_, { id }, ctx) => found(await registerOf(ctx, id), id),
    currentRegister: (_, { registerId }, ctx) => sessionInView(ctx.db, ctx, registerId),
    registerSessions: (_, args, ctx) => registerSessions(ctx, args),
    cashMovements: (_, { registerSessionId, ...args }, ctx) =>
      listCashMovements(ctx, registerSessionId, args),
    tillSettings: (_, __, ctx) => tillSettings(ctx.db),
    handOvers: (_, { registerSessionId }, ctx) => handOversIn(ctx, registerSessionId),
    xReport: (_, { registerId }, ctx) => xReport(ctx, registerId),
    zReport: (_, choice, ctx) => zReport(ctx, choice),
    zReports: (_, filter, ctx) => listZReports(ctx, filter),
    verifyZReports: (_, { registerId }, ctx) => verifyChain(ctx, registerId),
  },
  Mutation: {
    updateTillSettings: (_, { input }, ctx) => updateTillSettings(ctx, input),
    setReceiptLogo: async (_, { input }, ctx) => {
      await setReceiptLogo(ctx, input.image, input.version);
      return tillSettings(ctx.db);
    },
    handOver: (_, { input }, ctx) => handOver(ctx, input),
    createRegister: (_, { input }, ctx) => createRegister(ctx, input),
    updateRegister: (_, { id, input }, ctx) => updateRegister(ctx, id, input),
    createRegisterDevice: (_, { input }, ctx) => createRegisterDevice(ctx, input),
    revokeRegisterDevice: (_, { id }, ctx) => revokeRegisterDevice(ctx, id),
    openRegister: (_, { input }, ctx) => openRegister(ctx, input),
    closeRegister: (_, { input }, ctx) => closeRegister(ctx, input),
    cashIn: (_, { input }, ctx) => moveCash(ctx, 'cash_in', input),
    cashOut: (_, { input }, ctx) => moveCash(ctx, 'cash_out', input),
  },
  Subscription: {
    registerChanged: subscription((_, watch: SubscriptionRegisterChangedArgs, ctx) =>
      registerChanges(ctx, watch),
    ),
  },
  RegisterChange: {
    register: async ({ registerId }, _, ctx) => found(await registerOf(ctx, registerId), registerId),
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
  },
  Register: {
    __resolveReference: async ({ id }, ctx) => (await registerOf(ctx, id)) ?? null,
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
    grandTotal: money('grandTotal'),
    session: async ({ id }, _, ctx) =>
      (await loader(ctx, 'registers.openSession', (ids) => openSessionsOf(ctx.db, ids)).load(id)) ?? null,
  },
  RegisterSession: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'registers.session', (ids) => sessionsByIds(ctx.db, ids)).load(id)) ?? null,
    register: async ({ registerId }, _, ctx) => found(await registerOf(ctx, registerId), registerId),
    branch: ({ branchId }) => ({ __typename: 'Branch', id: branchId }),
    cashier: ({ cashierId }) => userReference(cashierId),
    openingFloat: money('openingFloat'),
    expectedCash: (session, _, ctx) => expectedCash(session, ctx),
  },
  CashMovement: {
    registerSessionId: ({ sessionId }) => sessionId,
    user: ({ userId }) => userReference(userId),
    amount: money('amount'),
    expectedCash: (movement, _, ctx) => expectedCash(movement, ctx),
  },
  TillSettings: {
    receiptLogo: async (_, __, ctx) => {
      const logo = await receiptLogo(ctx.db);
      return logo && `data:image/png;base64,${logo.toString('base64')}`;
    },
  },
  HandOver: {
    registerSessionId: ({ sessionId }) => sessionId,
    fromUser: ({ fromUserId }) => userReference(fromUserId),
    toUser: ({ toUserId }) => ({ __typename: 'User', id: toUserId }),
    // Whoever has counted may know.
    expectedCash: (row, _, ctx) =>
      row.countedCash === null ? expectedCash(row, ctx) : formatMoney(row.expectedCash, row.currency),
    countedCash: moneyOrNull('countedCash'),
    difference: ({ countedCash, expectedCash: expected, currency }) =>
      countedCash === null ? null : formatMoney(countedCash.minus(expected), currency),
  },
  RegisterReport: {
    registerSessionId: ({ sessionId }) => sessionId,
    openingFloat: money('openingFloat'),
    cashIn: money('cashIn'),
    cashOut: money('cashOut'),
    grossSales: money('grossSales'),
    discounts: money('discounts'),
    refunds: money('refunds'),
    netSales: money('netSales'),
    rounding: money('rounding'),
    voids: money('voids'),
    paymentDifferences: money('paymentDifferences'),
    conflicts: money('conflicts'),
    tips: ({ tips, currency }) =>
      tips.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) })),
    expectedCash: money('expectedCash'),
    countedCash: moneyOrNull('countedCash'),
    difference: moneyOrNull('difference'),
    grandTotal: money('grandTotal'),
    tax: ({ tax, currency }) =>
      tax.map((total) => ({
        rate: total.rate,
        net: formatMoney(total.net, currency),
        tax: formatMoney(total.tax, currency),
      })),
    payments: ({ payments, currency }) =>
      payments.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) })),
    creditPayments: ({ creditPayments, currency }) =>
      creditPayments.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) })),
  },
};

export const subgraph = defineSubgraph(__dirname, {
  resolvers,
});
