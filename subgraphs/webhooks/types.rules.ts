/** Which events integrators are told of, and in what form. Pure. */
import type { PublishedEvent } from '../../kernel/events/bus';
import { snakeKeys } from '../../kernel/names';

/** What each type of event tells. Those about sessions, people and permissions stay inside. */
const EVENT_TYPES: Readonly<Record<string, string>> = {
  'barcode_rule.changed': 'A rule for weight or price barcodes was made, changed or removed.',
  'branch.changed': 'A branch was changed.',
  'branch.created': 'A branch was opened.',
  'brand.changed': 'A brand was made or changed.',
  'category.changed': 'A category was made or changed.',
  'customer.changed': 'A customer was made or changed.',
  'customer.erased': 'A customer was erased: forget what you know.',
  'import.finished': 'An import of products has come to its end.',
  'order.changed': 'An order is new, or its state has changed.',
  'organization.changed': 'The organization was changed.',
  'price_list.changed': 'A price list was made, changed or removed.',
  'product.changed': 'Products were made, changed or removed.',
  'register.changed': 'A register was opened, closed, handed over or changed, or cash was moved.',
  'sale.completed': 'A sale or a return was completed.',
  'stock.changed': 'A stock level has changed.',
  'stock.low': 'A stock level has fallen to its reorder point or below it.',
  'stock_take.changed': 'A stock take was begun, posted or cancelled.',
  'tax_class.changed': 'A tax class was made or changed.',
  'transfer.changed': 'A transfer was sent, received or cancelled.',
  'unit.changed': 'A unit of measure was made or changed.',
};

/** All types of the table above. */
export const PUBLIC_TYPES: readonly string[] = Object.keys(EVENT_TYPES);

/** A test message that somebody asked for. */
export const PING = 'ping';

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
