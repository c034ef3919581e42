/** Live events: subscriptions over graphql-ws, and stock as plain JSON. docs/LIVE.md is the guide. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '#kernel/auth/actor';
import type { Services } from '#kernel/context';
import type { DocumentDoor } from '../documents/admit-document';
import type { GraphGateway } from '../executor';
import { createGraphQLSockets } from './graphql-ws';
import { SharedSubscriptions, type LiveCounts } from './shared-subscriptions';
import { LiveSockets } from './sockets';
import { mountStockUpdates } from './stock-updates';
import { routeUpgrades, wantsUpgrade } from './upgrade';

export { type LiveCounts } from './shared-subscriptions';

export interface LiveOptions {
  readonly services: Services;
  readonly gateway: GraphGateway;
  readonly door: DocumentDoor;
  readonly authenticate: (token: string) => Promise<Actor>;
}

export interface Live {
  /** The number of sockets, and the counts of subscriptions. */
  counts(): LiveCounts & { sockets: number };
  /** Answers a WebSocket request to `/graphql`; undefined for any other request. */
  upgrade(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined;
}

/** Mounts the live routes. Their sockets are closed when the web server starts to stop. */
export function mountLive(
  app: FastifyInstance,
  { services, gateway, door, authenticate }: LiveOptions,
): Live {
  const sockets = new LiveSockets(services, authenticate);
  const shared = new SharedSubscriptions((request) => gateway.subscribe(request));
  const options = { services, gateway, door, sockets, shared };
  const serveGraphQL = createGraphQLSockets(options);
  routeUpgrades(app);
  // The stock-updates route needs a graph with stock events; graphs of tests may have none.
  if (gateway.apiSchema.getSubscriptionType()?.getFields().stockChanged) mountStockUpdates(app, options);
  app.addHook('preClose', () => sockets.stop());
  return {
    counts: () => ({ ...shared.counts(), sockets: sockets.count }),
    upgrade: (request, reply) => (wantsUpgrade(request) ? serveGraphQL(request, reply) : undefined),
  };
}
