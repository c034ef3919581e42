/** Customer exports of other systems: the columns by which each system is recognized, and the columns that are read. */
import { textOfHtml } from '#kernel/import/html-text.rules';
import { remark, type ExportSystem, type KnownSystems, type SystemRow } from '#kernel/import/system-export';
import type { CustomerColumn, NumberedCustomer, RawCustomer } from './customer-columns.rules';

/** Columns of a system by the field that they fill: titles without blanks, signs and case. The first column with a value counts. */
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

const ADDRESS = 'addresses are added to a customer one at a time';
const SALES = 'only sales in PosPro change it';
const CONSENT = 'only the consent to e-mail advertising is stored';

/** Reasons why a column is not imported, by patterns of its title. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/address|street|city|state|province|region|zip|postal|postcode|country/, ADDRESS],
  [/^(total|orders|ordercount|aov|lifetime|transaction|firstvisit|lastvisit|lastactive|lastorder)/, SALES],
  [/sms|whatsapp/, CONSENT],
  [/taxexempt/, 'the tax of a sale depends on its goods'],
  [/birth/, 'dates of birth are not stored'],
  [/password|userpass/, 'customers do not sign in'],
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
    // Exports of the add-ons have the fields of WordPress; the export of Analytics → Customers has titles of its own.
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
  const columns: ReadonlySet<string> = new Set(Object.values(layout).flat());
  return {
    ...system,
    takes: (key) => columns.has(key),
    reasonFor: (key) => REASONS.find(([titles]) => titles.test(key))?.[1],
    prepare: () => Promise.resolve((rows) => convert(layout, rows)),
  };
}

/** Converts rows. Rows below a customer that have only a tag belong to it: Odoo writes lists so. */
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

/** Maximum number of rows of a customer: more than the 50 tags that a customer can have. */
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
    // A customer who signed up for news with only an address is named by it until a user enters the name.
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

const COMPANY = 'The company is not imported: the customer has the name of the person.';

/** The consent of a cell. An address whose owner was never asked, or whose mail bounced, has none. */
function consentOf(text: string): string {
  const status = text.toLowerCase();
  if (status === 'subscribed') return 'yes';
  if (status === 'unsubscribed') return 'no';
  return /^(yes|no|true|false)$/.test(status) ? status : '';
}
