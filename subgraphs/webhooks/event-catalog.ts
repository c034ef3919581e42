/** The catalog of public events, collected from the domains that declare them. Events about sessions, users and roles are internal. */
import leven from 'leven';
import type { Scope } from '#kernel/auth/scopes';
import { backupFinished } from '#kernel/backup/backup-events';
import { snakeKeys } from '#kernel/casing';
import type { PublishedEvent } from '#kernel/events/bus';
import { invalid } from '#kernel/errors';
import type { PublicEventType } from '#kernel/events/public-event';
import { importFinished } from '#kernel/import/import-events';
import { ANALYTICS_EVENTS } from '#subgraphs/analytics/index';
import { AUTH_EVENTS } from '#subgraphs/auth/index';
import { CATALOG_EVENTS } from '#subgraphs/catalog/index';
import { CUSTOMER_EVENTS } from '#subgraphs/customers/index';
import { I18N_EVENTS } from '#subgraphs/i18n/index';
import { INVENTORY_EVENTS } from '#subgraphs/inventory/index';
import { MARKETING_EVENTS } from '#subgraphs/marketing/index';
import { ORDER_EVENTS } from '#subgraphs/orders/index';
import { PAYMENT_EVENTS } from '#subgraphs/payments/index';
import { POS_EVENTS } from '#subgraphs/pos/index';
import { REGISTER_EVENTS } from '#subgraphs/registers/index';
import { SHIPPING_EVENTS } from '#subgraphs/shipping/index';
import { SUPPORT_EVENTS } from '#subgraphs/support/index';
import { VENDOR_EVENTS } from '#subgraphs/vendors/index';
import catalog from '../event-types.json';

const PUBLIC_EVENTS: readonly PublicEventType[] = [
  ...AUTH_EVENTS,
  ...I18N_EVENTS,
  ...CATALOG_EVENTS,
  ...INVENTORY_EVENTS,
  ...REGISTER_EVENTS,
  ...CUSTOMER_EVENTS,
  ...MARKETING_EVENTS,
  ...VENDOR_EVENTS,
  ...PAYMENT_EVENTS,
  ...ORDER_EVENTS,
  ...POS_EVENTS,
  ...SHIPPING_EVENTS,
  ...SUPPORT_EVENTS,
  ...ANALYTICS_EVENTS,
  importFinished,
  backupFinished,
];

const SCOPES_BY_TYPE: ReadonlyMap<string, readonly Scope[]> = new Map(
  PUBLIC_EVENTS.map(({ type, scopes }) => [type, scopes]),
);

/** All public types, in alphabetical order. */
export const PUBLIC_TYPES: readonly string[] = [...SCOPES_BY_TYPE.keys()].sort();

/** The test event that a user requests. */
export const PING = 'ping';

/** The scopes of which a reader of such events needs one; empty if every caller may read them, as a ping. */
export function scopesOfType(type: string): readonly Scope[] {
  return SCOPES_BY_TYPE.get(type) ?? [];
}

/** The types that a caller may read. @param permits whether the caller has a scope. */
export function readableTypes(types: readonly string[], permits: (scope: Scope) => boolean): string[] {
  return types.filter((type) => scopesOfType(type).length === 0 || scopesOfType(type).some(permits));
}

/** The longest unknown name that a message repeats, in characters. */
const LONGEST_NAME = 60;
/** Of the characters of a type, one in so many may differ from what the caller meant. */
const CHARACTERS_A_DIFFERENCE = 3;

/**
 * Checks that these are types of public events.
 * @throws PosProError 422 with the code UNKNOWN_TYPE, which names the nearest type and where all of them are listed.
 */
export function assertTypesKnown(types: readonly string[]): void {
  const unknown = types.find((type) => !SCOPES_BY_TYPE.has(type));
  if (unknown === undefined) return;
  const name = unknown.slice(0, LONGEST_NAME);
  const [nearest, distance] = PUBLIC_TYPES.map(
    (type) => [type, leven(name.toLowerCase(), type)] as const,
  ).reduce((best, other) => (other[1] < best[1] ? other : best));
  const hint = distance <= nearest.length / CHARACTERS_A_DIFFERENCE ? ` Did you mean "${nearest}"?` : '';
  const list = 'GET /api/v1/events/types lists all types, as does eventTypes in GraphQL.';
  throw invalid('types', `"${name}" is not a type of event.${hint} ${list}`, 'UNKNOWN_TYPE');
}

/** A type of public event, for people and for code generators. */
export interface EventTypeInfo {
  readonly type: string;
  readonly description: string;
  readonly permissions: string[];
  /** JSON Schema of the event's `data`. */
  readonly dataSchema: unknown;
}

/** All public types, in alphabetical order. The committed catalog is made from the declarations: `npm run events`. */
export const EVENT_TYPES: readonly EventTypeInfo[] = catalog.map(({ type, description, scopes, data }) => ({
  type,
  description,
  permissions: scopes,
  dataSchema: data,
}));

/** An event in the feed. */
export interface FeedEvent {
  readonly id: string;
  readonly cursor: string;
  readonly type: string;
  readonly branchId: string | null;
  readonly key: string;
  readonly at: Date;
  readonly data: unknown;
}

export function toFeedEvent({ id, cursor, type, branchId, key, at, payload }: PublishedEvent): FeedEvent {
  return { id, cursor, type, branchId: branchId ?? null, key, at, data: snakeKeys(payload) };
}
