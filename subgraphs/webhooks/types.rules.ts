/** Which events integrators are told of, and in what form. Pure. */
import type { Scope } from '../../kernel/auth/scopes';
import type { PublishedEvent } from '../../kernel/events/bus';
import { snakeKeys } from '../../kernel/names';

/** An event tells of a thing what may be read of it: one of these scopes is enough. */
const ANYBODY: readonly Scope[] = [];
const CATALOG: readonly Scope[] = ['catalog:read'];
const CUSTOMERS: readonly Scope[] = ['customers:read'];
const OFFLINE_SALES: readonly Scope[] = ['pos:override', 'reports:read'];
const ORDERS: readonly Scope[] = ['orders:read'];
const SALES: readonly Scope[] = ['orders:read', 'reports:read'];
const REGISTERS: readonly Scope[] = ['pos:register', 'reports:read'];
const STOCK: readonly Scope[] = ['inventory:read'];

/** What each type of event tells, and to whom. Those about sessions, people and permissions stay inside. */
const EVENT_TYPES: Readonly<Record<string, { readonly tells: string; readonly scopes: readonly Scope[] }>> = {
  'barcode_rule.changed': { tells: 'A rule for weight or price barcodes was made, changed or removed.', scopes: CATALOG },
  'branch.changed': { tells: 'A branch was changed.', scopes: ANYBODY },
  'branch.created': { tells: 'A branch was opened.', scopes: ANYBODY },
  'brand.changed': { tells: 'A brand was made or changed.', scopes: CATALOG },
  'category.changed': { tells: 'A category was made or changed.', scopes: CATALOG },
  'customer.changed': { tells: 'A customer was made or changed.', scopes: CUSTOMERS },
  'customer.erased': { tells: 'A customer was erased: forget what you know.', scopes: CUSTOMERS },
  'import.finished': { tells: 'An import of products has come to its end.', scopes: CATALOG },
  'offline_sale.changed': {
    tells: 'A sale made offline was held back, released or rejected, or has conflicts, or one was acknowledged.',
    scopes: OFFLINE_SALES,
  },
  'order.changed': { tells: 'An order is new, or its state has changed.', scopes: ORDERS },
  'organization.changed': { tells: 'The organization was changed.', scopes: ANYBODY },
  'price_list.changed': { tells: 'A price list was made, changed or removed.', scopes: CATALOG },
  'product.changed': { tells: 'Products were made, changed or removed.', scopes: CATALOG },
  'register.changed': { tells: 'A register was opened, closed, handed over or changed, or cash was moved.', scopes: REGISTERS },
  'sale.completed': { tells: 'A sale or a return was completed.', scopes: SALES },
  'stock.changed': { tells: 'A stock level has changed.', scopes: STOCK },
  'stock.low': { tells: 'A stock level has fallen to its reorder point or below it.', scopes: STOCK },
  'stock_take.changed': { tells: 'A stock take was begun, posted or cancelled.', scopes: STOCK },
  'tax_class.changed': { tells: 'A tax class was made or changed.', scopes: CATALOG },
  'transfer.changed': { tells: 'A transfer was sent, received or cancelled.', scopes: STOCK },
  'unit.changed': { tells: 'A unit of measure was made or changed.', scopes: CATALOG },
};

/** All types of the table above. */
export const PUBLIC_TYPES: readonly string[] = Object.keys(EVENT_TYPES);

/** A test message that somebody asked for. */
export const PING = 'ping';

/** The scopes of which a reader of such events needs one; empty for a type that anybody may be told of, a ping included. */
export function scopesOfType(type: string): readonly Scope[] {
  return Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type]!.scopes : ANYBODY;
}

/** The types among these that somebody may be told of. @param permits whether they hold a scope. */
export function visibleTypes(types: readonly string[], permits: (scope: Scope) => boolean): string[] {
  return types.filter((type) => scopesOfType(type).length === 0 || scopesOfType(type).some(permits));
}

/** The names among these that are no types. */
export function unknownTypes(types: readonly string[]): string[] {
  return types.filter((type) => !Object.hasOwn(EVENT_TYPES, type));
}

/** An event as integrators get it. */
export interface ShownEvent {
  readonly id: string;
  readonly cursor: string;
  readonly type: string;
  readonly branchId: string | null;
  readonly key: string;
  readonly at: Date;
  readonly data: unknown;
}

export function shownEvent({ id, cursor, type, branchId, key, at, payload }: PublishedEvent): ShownEvent {
  return { id, cursor, type, branchId: branchId ?? null, key, at, data: snakeKeys(payload) };
}
