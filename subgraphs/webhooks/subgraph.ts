/** The event feed and the webhooks in the graph. */
import { requireField } from '#kernel/graph/guards';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { snakeKeys } from '#kernel/casing';
import { listDeliveries, pingWebhook, replayDelivery, replayEvents } from './deliveries';
import {
  createWebhook,
  deleteWebhook,
  endpointById,
  endpointsByIds,
  listEndpoints,
  rotateSecret,
  updateWebhook,
} from './endpoints';
import { eventFeed } from './event-feed';
import { WEBHOOK_RETENTION } from './retention';
import type { Resolvers } from './types.generated';
import { EVENT_TYPES, scopesOfType } from './event-catalog';
import { startWebhooks } from './webhooks.worker';

const resolvers: Resolvers = {
  Query: {
    events: (_, args, ctx) => eventFeed(ctx, args),
    eventTypes: () => [...EVENT_TYPES],
    webhooks: (_, args, ctx) => listEndpoints(ctx, args),
    webhook: (_, { id }, ctx) => endpointById(ctx, id),
    webhookDeliveries: (_, args, ctx) => listDeliveries(ctx, args),
  },
  Mutation: {
    createWebhook: (_, { input }, ctx) => createWebhook(ctx, input),
    updateWebhook: (_, { id, input }, ctx) => updateWebhook(ctx, id, input),
    deleteWebhook: (_, { id, version }, ctx) => deleteWebhook(ctx, id, version),
    rotateWebhookSecret: (_, { id, input }, ctx) => rotateSecret(ctx, id, input ?? {}),
    pingWebhook: (_, { id }, ctx) => pingWebhook(ctx, id),
    replayWebhookDelivery: (_, { webhookId, deliveryId }, ctx) => replayDelivery(ctx, webhookId, deliveryId),
    replayWebhook: async (_, { id, input }, ctx) => ({
      deliveriesCount: await replayEvents(ctx, id, input.since),
    }),
  },
  Webhook: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'webhooks.endpoint', (ids) => endpointsByIds(ctx, ids)).load(id)) ?? null,
    signingSecret: (endpoint) => endpoint.signingSecret ?? null,
  },
  WebhookDelivery: {
    webhookId: ({ endpointId }) => endpointId,
    data: ({ type, payload }, _, ctx) => {
      requireField(ctx, 'WebhookDelivery.data', scopesOfType(type));
      return snakeKeys(payload);
    },
  },
};

export const subgraph = defineSubgraph(__dirname, {
  retention: WEBHOOK_RETENTION,
  resolvers,
  start: startWebhooks,
});
