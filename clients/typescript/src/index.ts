/** Client of the PosPro API. README.md has examples. */
export { createLiveClient } from './live-client.ts';
export type { Connection, LiveClient, LiveOptions } from './live-client.ts';
export { ProblemError } from './problem-error.ts';
export { createRestClient } from './rest-client.ts';
export type { RestClient, RestOptions } from './rest-client.ts';
export { SubscriptionError } from './resuming-subscription.ts';
export type { GraphError, Subscription } from './resuming-subscription.ts';
export type { components, operations, paths, webhooks } from './schema.generated.ts';
export type { EventType, PingEvent, Problem, ProblemCode, Schema, WebhookEvent } from './schema-types.ts';
export { Session } from './session.ts';
export { TokenRejectedError } from './token.ts';
export type { TokenSource } from './token.ts';
export { readWebhook, SIGNATURE_HEADER, verifyWebhook, WebhookSignatureError } from './webhook.ts';
export type { WebhookRequest } from './webhook.ts';
