/** Names for the parts of the OpenAPI document that programs mention most. */
import type { components, webhooks } from './schema.generated.ts';

/** An object of the API by its name, for example `Schema<'Product'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** An error of the REST API (RFC 9457). `code` is for programs, `detail` for people, `errors` names the fields. */
export type Problem = components['schemas']['Problem'];

/** The codes of errors, for example `INSUFFICIENT_STOCK`. */
export type ProblemCode = Problem['code'];

/** The types of events, for example `sale.completed`. */
export type EventType = keyof webhooks;

type BodyOf<Type extends EventType> = webhooks[Type]['post']['requestBody']['content']['application/json'];

/** One type of event: `WebhookEvent<'sale.completed'>`. Without a type the union of all, distinguished by `type`. */
export type WebhookEvent<Type extends EventType = EventType> = { [Name in Type]: BodyOf<Name> }[Type];

/** The test that `POST /webhooks/{id}/test` sends. */
export interface PingEvent {
  readonly id: string;
  readonly type: 'ping';
  readonly cursor: null;
  readonly organization_id: string;
  readonly branch_id: string | null;
  readonly key: string;
  /** A moment in ISO 8601. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}
