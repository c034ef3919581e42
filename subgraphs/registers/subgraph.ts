/** Registers in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as cash } from './cash/resolvers';
import { resolvers as devices } from './devices/resolvers';
import { REGISTER_METRICS } from './register-metrics.queries';
import { resolvers as register } from './register/resolvers';
import { resolvers as reports } from './reports/resolvers';
import { REGISTERS_RETENTION } from './retention';
import { resolvers as sessions } from './sessions/resolvers';
import { resolvers as settings } from './settings/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: REGISTERS_RETENTION,
  resolvers: mergeResolvers([register, devices, sessions, cash, reports, settings]),
  metrics: REGISTER_METRICS,
});
