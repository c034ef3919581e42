/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { DeliveryRow as WebhookDelivery } from './deliveries';
export type { EndpointWithSecret as Webhook } from './endpoints';
export type { FeedEvent as Event } from './event-catalog';
export type { EntityReference as Branch } from '#kernel/graph/entity-reference';
