/** The graph face of the registers. */
import { permits } from '../../kernel/auth/actor';
import { type RequestContext } from '../../kernel/context';
import { type Decimal } from '../../kernel/decimal';
import { notFound } from '../../kernel/errors';
import { loader } from '../../kernel/graph/loader';
import { loadTypeDefs, type SubgraphModule } from '../../kernel/graph/subgraph';
import { formatMoney } from '../../kernel/money';
import { listCashMovements, moveCash } from './cash';
import { closeRegister } from './closing';
import { sessionInView } from './current';
import { openRegister } from './opening';
import { createRegister, listRegisters, registersByIds, updateRegister } from './registers';
import { xReport } from './report';
import { type RegisterRow, type SessionRow } from './rows';
import { openSessionsOf, registerSessions, sessionsByIds } from './sessions';
import { type Resolvers } from './types.generated';
import { listZReports, verifyChain, zReport } from './z-reports';

/** A resolver of an amount that stands under `field` of a row with a currency. */
function money<Field extends string>(field: Field) {
  return (row: { currency: string } & Record<Field, Decimal>): string => formatMoney(row[field], row.currency);
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

function expectedCash(session: SessionRow, ctx: RequestContext): string | null {
  if (!permits(ctx.actor, 'pos:register') && !permits(ctx.actor, 'reports:read')) return null;
  return formatMoney(session.expectedCash, session.currency);
}

const resolvers: Resolvers = {
  Query: {
    registers: (_, args, ctx) => listRegisters(ctx, args),
    register: async (_, { id }, ctx) => found(await registerOf(ctx, id), id),
    currentRegister: (_, { registerId }, ctx) => sessionInView(ctx.db, ctx, registerId),
    registerSessions: (_, { id, ...filter }, ctx) => registerSessions(ctx, id, filter),
    cashMovements: (_, { registerSessionId, ...args }, ctx) => listCashMovements(ctx, registerSessionId, args),
    xReport: (_, { registerId }, ctx) => xReport(ctx, registerId),
    zReport: (_, choice, ctx) => zReport(ctx, choice),
    zReports: (_, filter, ctx) => listZReports(ctx, filter),
    verifyZReports: (_, { registerId }, ctx) => verifyChain(ctx, registerId),
  },
  Mutation: {
    createRegister: (_, { input }, ctx) => createRegister(ctx, input),
    updateRegister: (_, { id, input }, ctx) => updateRegister(ctx, id, input),
    openRegister: (_, { input }, ctx) => openRegister(ctx, input),
    closeRegister: (_, { input }, ctx) => closeRegister(ctx, input),
    cashIn: (_, { input }, ctx) => moveCash(ctx, 'cash_in', input),
    cashOut: (_, { input }, ctx) => moveCash(ctx, 'cash_out', input),
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
    expectedCash: money('expectedCash'),
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
    expectedCash: money('expectedCash'),
    countedCash: moneyOrNull('countedCash'),
    difference: moneyOrNull('difference'),
    grandTotal: money('grandTotal'),
    tax: ({ tax, currency }) =>
      tax.map((total) => ({ rate: total.rate, net: formatMoney(total.net, currency), tax: formatMoney(total.tax, currency) })),
    payments: ({ payments, currency }) => payments.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) })),
    creditPayments: ({ creditPayments, currency }) =>
      creditPayments.map((total) => ({ ...total, amount: formatMoney(total.amount, currency) })),
  },
};

export const registersSubgraph: SubgraphModule = { name: 'registers', typeDefs: loadTypeDefs(__dirname), resolvers };
