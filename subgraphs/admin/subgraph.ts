/** The graph face of the platform's own administration. */
import { loadTypeDefs, type SubgraphModule } from '../../kernel/graph/subgraph';
import { platformStatus } from './status';
import type { Resolvers } from './types.generated';

const resolvers: Resolvers = {
  Query: {
    ping: (_, __, ctx) => ({ message: 'pong', time: ctx.clock.now() }),
    status: (_, __, ctx) => platformStatus(ctx),
  },
};

export const adminSubgraph: SubgraphModule = { name: 'admin', typeDefs: loadTypeDefs(__dirname), resolvers };
