/** What is told as it happens: subscriptions over graphql-ws, and stock as plain JSON. docs/LIVE.md is the guide. */
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
  /** Sockets at this moment, and what the subscriptions count. */
  counts(): LiveCounts & { sockets: number };
  /** Answers a request to `/graphql` that wants to become a WebSocket; undefined for any other request. */
  upgrade(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined;
}

/** Mounts the live part. Its sockets are closed when the web server begins to stop. */
export function mountLive(
  app: FastifyInstance,
  { services, gateway, door, authenticate }: LiveOptions,
): Live {
  const sockets = new LiveSockets(services, authenticate);
  const shared = new SharedSubscriptions((request) => gateway.subscribe(request));
  const options = { services, gateway, door, sockets, shared };
  const serveGraphQL = createGraphQLSockets(options);
  routeUpgrades(app);
  // A stock-updates route makes sense only over a graph that tells of stock; graphs of tests may not.
  if (gateway.apiSchema.getSubscriptionType()?.getFields().stockChanged) mountStockUpdates(app, options);
  app.addHook('preClose', () => sockets.stop());
  return {
    counts: () => ({ ...shared.counts, sockets: sockets.count }),
    upgrade: (request, reply) => (wantsUpgrade(request) ? serveGraphQL(request, reply) : undefined),
  };
}
