/**
 * All permissions. A role has some of them; `@auth(scopes: [...])` in a schema names those of which a caller
 * needs one.
 * A new permission is added here and nowhere else.
 */
export const SCOPES = {
  'pos:sell': 'Scan, price and sell at a register, and park or recall a basket.',
  'pos:register': 'Open and close a register, pay cash in and out, read its reports.',
  'pos:override': 'Sell at another price than the one on file.',
  'pos:refund': 'Take goods back at the register.',
  'pos:void': 'Undo a sale of the open session, and give others leave to.',
  'orders:read': 'See orders.',
  'orders:write': 'Create and change orders.',
  'orders:refund': 'Refund orders.',
  'catalog:read': 'See products, categories, brands and tax classes.',
  'catalog:write': 'Create and change products, categories, brands and tax classes.',
  'inventory:read': 'See warehouses, stock levels and movements.',
  'costs:read':
    'See what goods cost the shop, wherever it stands: products, stock, receipts, sold lines, reports, exports.',
  'inventory:write': 'Adjust, receive, transfer and count stock.',
  'customers:read':
    'See customers with their addresses, telephone numbers and accounts; others see names alone.',
  'customers:write': 'Create and change customers.',
  'customers:credit': 'Decide how much a customer may owe, and give others leave to.',
  'loyalty:write': 'Book loyalty points by hand.',
  'reports:read': 'See sales reports and analytics.',
  'finance:read': 'See tax, profit and payment reports.',
  'finance:write': 'Close filing periods.',
  'payments:read': 'See payments with their references.',
  'payments:write': 'Take, capture and refund payments.',
  'marketing:read': 'See campaigns and discounts.',
  'marketing:write': 'Create and change campaigns and discounts.',
  'shipping:read': 'See shipments and rates.',
  'shipping:write': 'Create and change shipments.',
  'vendors:read': 'See vendors.',
  'vendors:write': 'Create and change vendors.',
  'vendor:own': "See one's own products, sold lines, ledger and payouts, as a user of a vendor does.",
  'shop:use': 'Read the public catalogue, use carts and check them out, as visitors of a web shop do.',
  'support:read': 'See tickets.',
  'support:write': 'Answer and close tickets.',
  'i18n:write': 'Change translations and exchange rates.',
  'events:read': 'Read the feed of events.',
  'admin:webhooks': 'Create and change webhooks, and read their deliveries.',
  'admin:users': 'Create, change and disable colleagues and roles.',
  'admin:audit': 'Read the audit trail.',
  'admin:settings': 'Change the organization, its branches and its settings.',
  'admin:backup': 'Make backups.',
} as const satisfies Record<string, string>;

export type Scope = keyof typeof SCOPES;

/** The permission of a vendor's user: it comes with the vendor of the user, and no other role can have it. */
export const VENDOR_SCOPE = 'vendor:own' satisfies Scope;

const KNOWN_SCOPES = Object.keys(SCOPES) as readonly Scope[];

/** All permissions that staff and programs can have. */
export const ALL_SCOPES = KNOWN_SCOPES.filter((scope) => scope !== VENDOR_SCOPE);

/** In a role: every scope, including those of later versions. */
export const EVERY_SCOPE = '*';

/** Whether a text names a permission that exists. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}

/**
 * The permissions of a role's stored scopes, in the order of the table above. Unknown names are ignored.
 *
 * @example
 * expandScopes(['pos:sell', 'gone:away']); // ['pos:sell']
 */
export function expandScopes(stored: readonly string[]): readonly Scope[] {
  if (stored.includes(EVERY_SCOPE)) return ALL_SCOPES;
  return KNOWN_SCOPES.filter((scope) => stored.includes(scope));
}
