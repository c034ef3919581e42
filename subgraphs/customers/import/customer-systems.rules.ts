/** Customer exports of other systems, taken as they come: by which columns they are known, and what is read of them. Pure. */
import { textOfHtml } from '#kernel/import/html-text.rules';
import { remark, type ExportSystem, type KnownSystems, type SystemRow } from '#kernel/import/system-export';
import type { CustomerColumn, NumberedCustomer, RawCustomer } from './customer-columns.rules';

/** Where a system keeps what is taken of a customer, by keys: titles without blanks, signs and case. The first that says something counts. */
type Layout = Readonly<Partial<Record<Field, readonly string[]>>>;

type Field =
  | 'name'
  | 'firstName'
  | 'lastName'
  | 'company'
  | 'nickname'
  | 'email'
  | 'phone'
  | 'taxNumber'
  | 'notes'
  | 'tags'
  | 'creditLimit'
  | 'consent';

const ADDRESS = 'addresses are added to a customer one by one';
const SALES = 'it comes of the sales that are made here';
const CONSENT = 'one consent to advertising is kept, that to e-mail';

/** Why a column is not taken, by what its title begins with. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/address|street|city|state|province|region|zip|postal|postcode|country/, ADDRESS],
  [/^(total|orders|ordercount|aov|lifetime|transaction|firstvisit|lastvisit|lastactive|lastorder)/, SALES],
  [/sms|whatsapp/, CONSENT],
  [/taxexempt/, 'whether a sale is taxed is said by its goods'],
  [/birth/, 'a customer has no day of birth here'],
  [/password|userpass/, 'customers do not sign in here'],
];

interface CustomerSystem extends Pick<ExportSystem<CustomerColumn>, 'name' | 'title' | 'recognizes'> {
  readonly layout: Layout;
}

const hasAny = (keys: ReadonlySet<string>, ...some: readonly string[]) => some.some((key) => keys.has(key));

const SYSTEMS: readonly CustomerSystem[] = [
  {
    name: 'shopify',
    title: 'Shopify',
    recognizes: (keys) =>
      keys.has('email') && keys.has('firstname') && hasAny(keys, 'acceptsemailmarketing', 'acceptsmarketing'),
    layout: {
      firstName: ['firstname'],
      lastName: ['lastname'],
      company: ['defaultaddresscompany', 'company'],
      email: ['email'],
      phone: ['phone', 'defaultaddressphone'],
      notes: ['note'],
      tags: ['tags'],
      consent: ['acceptsemailmarketing', 'acceptsmarketing'],
    },
  },
  {
    name: 'square',
    title: 'Square',
    recognizes: (keys) =>
      keys.has('emailaddress') &&
      keys.has('firstname') &&
      hasAny(keys, 'squarecustomerid', 'emailsubscriptionstatus'),
    layout: {
      firstName: ['firstname'],
      lastName: ['lastname'],
      company: ['companyname'],
      nickname: ['nickname'],
      email: ['emailaddress'],
      phone: ['phonenumber'],
      notes: ['memo'],
      consent: ['emailsubscriptionstatus'],
    },
  },
  {
    name: 'woocommerce',
    title: 'WooCommerce',
    // Exports of the add-ons have the fields of WordPress; that of Analytics → Customers has titles of its own.
    recognizes: (keys) =>
      hasAny(keys, 'billingfirstname', 'billingemail') || (keys.has('username') && keys.has('aov')),
    layout: {
      name: ['name', 'displayname'],
      firstName: ['firstname', 'billingfirstname'],
      lastName: ['lastname', 'billinglastname'],
      company: ['billingcompany'],
      nickname: ['userlogin', 'username'],
      email: ['email', 'useremail', 'billingemail'],
      phone: ['billingphone'],
      taxNumber: ['billingvatnumber', 'vatnumber'],
      notes: ['customernote', 'customernotes'],
    },
  },
  {
    name: 'odoo',
    title: 'Odoo',
    recognizes: (keys) =>
      hasAny(keys, 'name', 'displayname', 'completename') &&
      hasAny(
        keys,
        'iscompany',
        'companytype',
        'externalid',
        'categoryid',
        'categoryidname',
        'relatedcompany',
        'parentid',
        'salesperson',
      ),
    layout: {
      name: ['completename', 'displayname', 'name'],
      email: ['email'],
      phone: ['phone', 'mobile'],
      taxNumber: ['vat', 'taxid'],
      notes: ['comment', 'notes', 'internalnotes'],
      tags: ['categoryidname', 'categoryid', 'tags', 'tagsname', 'tagsdisplayname'],
      creditLimit: ['creditlimit', 'partnerlimit'],
    },
  },
];

export const CUSTOMER_SYSTEMS: KnownSystems<CustomerColumn> = {
  noun: 'customer',
  known: SYSTEMS.map(exportSystem),
};

function exportSystem({ layout, ...system }: CustomerSystem): ExportSystem<CustomerColumn> {
  const taken: ReadonlySet<string> = new Set(Object.values(layout).flat());
  return {
    ...system,
    takes: (key) => taken.has(key),
    reasonFor: (key) => REASONS.find(([titles]) => titles.test(key))?.[1],
    prepare: () => Promise.resolve((rows) => convert(layout, rows)),
  };
}

/** Lines below a customer that say nothing but a tag belong to it: so Odoo writes lists. */
async function* convert(layout: Layout, rows: AsyncIterable<SystemRow>): AsyncGenerator<NumberedCustomer> {
  const isContinued = (row: SystemRow) =>
    [layout.name, layout.firstName, layout.lastName, layout.email, layout.phone].every(
      (keys) => row.text(...(keys ?? [])) === '',
    ) && row.text(...(layout.tags ?? [])) !== '';
  let group: SystemRow[] = [];
  for await (const row of rows) {
    if (group.length > 0 && group.length < MAX_GROUP && isContinued(row)) {
      group.push(row);
      continue;
    }
    if (group.length > 0) yield customerOf(layout, group);
    group = [row];
  }
  if (group.length > 0) yield customerOf(layout, group);
}

/** A customer has 50 tags at most. */
const MAX_GROUP = 100;

function customerOf(layout: Layout, rows: readonly SystemRow[]): NumberedCustomer {
  const [row] = rows as [SystemRow];
  const text = (keys: readonly string[] | undefined) => row.text(...(keys ?? []));
  const names =
    text(layout.name) ||
    [text(layout.firstName), text(layout.lastName)].filter((part) => part !== '').join(' ');
  const company = text(layout.company);
  const email = text(layout.email);
  const tags = rows
    .flatMap((one) => one.text(...(layout.tags ?? [])).split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const notes = text(layout.notes);
  const cells: RawCustomer = {
    name: names || company,
    // Whoever has signed up for news by an address alone goes by it until somebody learns the name.
    substituteName: text(layout.nickname) || email || text(layout.phone),
    email,
    phone: row.cell(...(layout.phone ?? [])),
    taxNumber: row.cell(...(layout.taxNumber ?? [])),
    notes: /<[a-z/][^>]*>/i.test(notes) ? textOfHtml(notes) : notes,
    creditLimit: row.cell(...(layout.creditLimit ?? [])),
    marketingConsent: consentOf(text(layout.consent)),
    ...(tags.length > 0 ? { tags } : {}),
  };
  const remarks = company !== '' && names !== '' && company !== names ? [remark('company', COMPANY)] : [];
  const { number, fault } = row;
  return { row: number, cells, remarks, fromSystem: true, ...(fault ? { fault } : {}) };
}

const COMPANY = 'The company is not taken: the customer goes by the name of the person.';

/** "yes" and "subscribed"; an address whose owner was never asked, or whose mail came back, says nothing. */
function consentOf(text: string): string {
  const status = text.toLowerCase();
  if (status === 'subscribed') return 'yes';
  if (status === 'unsubscribed') return 'no';
  return /^(yes|no|true|false)$/.test(status) ? status : '';
}
