/** Which events integrators are told of, and in what form. Pure. */
import type { Scope } from '#kernel/auth/scopes';
import type { PublishedEvent } from '#kernel/events/bus';
import { snakeKeys } from '#kernel/casing';

/** An event tells of a thing what may be read of it: one of these scopes is enough. */
const ANYBODY: readonly Scope[] = [];
const CATALOG: readonly Scope[] = ['catalog:read'];
const CUSTOMERS: readonly Scope[] = ['customers:read'];
const OFFLINE_SALES: readonly Scope[] = ['pos:override', 'reports:read'];
const ORDERS: readonly Scope[] = ['orders:read'];
const SALES: readonly Scope[] = ['orders:read', 'reports:read'];
const REGISTERS: readonly Scope[] = ['pos:register', 'reports:read'];
const STOCK: readonly Scope[] = ['inventory:read'];

/** Each type of event, and who may be told of it. Those about sessions, people and permissions stay inside. */
const EVENT_TYPES: Readonly<Record<string, readonly Scope[]>> = {
  /** A rule for weight or price barcodes was made, changed or removed. */
  'barcode_rule.changed': CATALOG,
  /** A branch was changed. */
  'branch.changed': ANYBODY,
  /** A branch was opened. */
  'branch.created': ANYBODY,
  /** A brand was made or changed. */
  'brand.changed': CATALOG,
  /** A category was made or changed. */
  'category.changed': CATALOG,
  /** A customer was made or changed. */
  'customer.changed': CUSTOMERS,
  /** A customer was erased: forget what you know. */
  'customer.erased': CUSTOMERS,
  /** An import of products has come to its end. */
  'import.finished': CATALOG,
  /** A sale made offline was held back, released or rejected, or has conflicts, or one was acknowledged. */
  'offline_sale.changed': OFFLINE_SALES,
  /** An order is new, or its state has changed. */
  'order.changed': ORDERS,
  /** The organization was changed. */
  'organization.changed': ANYBODY,
  /** A price list was made, changed or removed. */
  'price_list.changed': CATALOG,
  /** Products were made, changed or removed. */
  'product.changed': CATALOG,
  /** A register was opened, closed, handed over or changed, or cash was moved. */
  'register.changed': REGISTERS,
  /** A sale or a return was completed. */
  'sale.completed': SALES,
  /** A stock level has changed. */
  'stock.changed': STOCK,
  /** A stock level has fallen to its reorder point or below it. */
  'stock.low': STOCK,
  /** A stock take was begun, posted or cancelled. */
  'stock_take.changed': STOCK,
  /** A tax class was made or changed. */
  'tax_class.changed': CATALOG,
  /** A transfer was sent, received or cancelled. */
  'transfer.changed': STOCK,
  /** A unit of measure was made or changed. */
  'unit.changed': CATALOG,
};

/** All types of the table above. */
export const PUBLIC_TYPES: readonly string[] = Object.keys(EVENT_TYPES);

/** A test message that somebody asked for. */
export const PING = 'ping';

/** The scopes of which a reader of such events needs one; empty for a type that anybody may be told of, a ping included. */
export function scopesOfType(type: string): readonly Scope[] {
  return Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type]! : ANYBODY;
}

/** The types among these that somebody may be told of. @param permits whether they hold a scope. */
export function readableTypes(types: readonly string[], permits: (scope: Scope) => boolean): string[] {
  return types.filter((type) => scopesOfType(type).length === 0 || scopesOfType(type).some(permits));
}

/** The names among these that are no types. */
export function unknownTypes(types: readonly string[]): string[] {
  return types.filter((type) => !Object.hasOwn(EVENT_TYPES, type));
}

/** An event as integrators get it. */
export interface PublicEvent {
  readonly id: string;
  readonly cursor: string;
  readonly type: string;
  readonly branchId: string | null;
  readonly key: string;
  readonly at: Date;
  readonly data: unknown;
}

export function toPublicEvent({ id, cursor, type, branchId, key, at, payload }: PublishedEvent): PublicEvent {
  return { id, cursor, type, branchId: branchId ?? null, key, at, data: snakeKeys(payload) };
}
