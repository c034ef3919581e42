import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { businessHoursOf, setBusinessHours } from './business-hours';
import { createHoliday, deleteHoliday, listHolidays } from './holidays';
import { importHolidays } from './import-holidays';
import { consumedAt } from './sla-clock.rules';
import {
  createSlaPolicy,
  deleteSlaPolicy,
  listSlaPolicies,
  requireSlaPolicy,
  slaPoliciesByIds,
  updateSlaPolicy,
} from './sla-policies';
import { breachesOf } from './sla-records';
import { termsOfTickets } from './sla-terms';

const MINUTE_MS = 60_000;

export const resolvers: Resolvers = {
  Query: {
    slaPolicies: (_, filter, ctx) => listSlaPolicies(ctx.db, filter),
    slaPolicy: (_, { id }, ctx) => requireSlaPolicy(ctx.db, id),
    businessHours: (_, { branchId }, ctx) => businessHoursOf(ctx.db, branchId),
    holidays: (_, filter, ctx) => listHolidays(ctx.db, filter),
  },
  Mutation: {
    createSlaPolicy: (_, { input }, ctx) => createSlaPolicy(ctx, input),
    updateSlaPolicy: (_, { id, input }, ctx) => updateSlaPolicy(ctx, id, input),
    deleteSlaPolicy: (_, { id, version }, ctx) => deleteSlaPolicy(ctx, id, version),
    setBusinessHours: (_, { branchId, input }, ctx) => setBusinessHours(ctx, branchId, input),
    createHoliday: (_, { input }, ctx) => createHoliday(ctx, input),
    deleteHoliday: (_, { id }, ctx) => deleteHoliday(ctx, id),
    importHolidays: (_, { input }, ctx) => importHolidays(ctx, input),
  },
  SlaPolicy: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'support.slaPolicy', (ids) => slaPoliciesByIds(ctx.db, ids)).load(id)) ?? null,
  },
  TicketSla: {
    policyId: ({ slaPolicyId }) => slaPolicyId!,
    consumedMinutes: async (ticket, _, ctx) => {
      const { calendar } = await termsOfTickets(ctx, ticket);
      return Math.floor(consumedAt(ticket, calendar, ctx.clock.now()) / MINUTE_MS);
    },
    breached: async ({ id }, _, ctx) =>
      (await loader(ctx, 'support.breaches', (ids) => breachesOf(ctx.db, ids)).load(id)) ?? [],
  },
};
