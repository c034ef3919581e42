/** Customer exports of other systems: how each is recognized, and the columns that are read. */
import { openSystemExport } from '#kernel/import/system-export';
import type { TableFile } from '#kernel/import/table-file';
import { CUSTOMER_SYSTEMS } from '#subgraphs/customers/import/customer-systems.rules';

function fileOf(header: readonly string[], ...rows: readonly (readonly string[])[]): TableFile {
  return {
    header,
    separator: ',',
    async *rows() {
      for (const [index, cells] of rows.entries()) yield await Promise.resolve([{ row: index + 2, cells }]);
    },
    close: () => undefined,
  };
}
async function read(
  columns: Readonly<Record<string, string>>,
  ...more: readonly Readonly<Record<string, string>>[]
) {
  const header = Object.keys(columns);
  const rows = [columns, ...more].map((row) => header.map((title) => row[title] ?? ''));
  const opened = openSystemExport(fileOf(header, ...rows), CUSTOMER_SYSTEMS);
  if (!opened) return undefined;
  const customers = [];
  for await (const [one] of opened.rows()) {
    const { cells, remarks, row, fromSystem } = one!;
    const said = Object.entries(cells).filter(
      ([, cell]) => cell !== '' && cell !== null && cell !== undefined,
    );
    customers.push({
      row,
      ...Object.fromEntries(said),
      remarks: remarks!.map(({ field, message, code }) => [field, message, code]),
      fromSystem,
    });
  }
  return { name: opened.name, recognition: opened.recognition, notTaken: opened.notTaken, customers };
}

/** What must be there for each system to be known, and one title less, by which it is not. */
describe.each([
  ['shopify', 'Shopify', ['Email', 'First Name'], ['Accepts Email Marketing', 'Accepts Marketing']],
  ['square', 'Square', ['Email Address', 'First Name'], ['Square Customer ID', 'Email Subscription Status']],
  ['woocommerce', 'WooCommerce', [], ['billing_first_name', 'billing_email']],
  ['woocommerce', 'WooCommerce', ['Username', 'AOV'], ['Email']],
  ['odoo', 'Odoo', ['Name'], ['Is Company', 'Company Type', 'External ID', 'category_id', 'Category ID/Name', 'Related Company', 'parent_id', 'Salesperson']],
  ['odoo', 'Odoo', ['Is Company'], ['Name', 'Display Name', 'Complete Name']],
] as const)('%s', (name, title, needed, anyOf) => {
  it.each(anyOf.map((one) => [one]))('is known by its titles with %s', async (one) => {
    const found = await read(Object.fromEntries([...needed, one].map((key) => [key, 'x'])));
    expect([found?.name, found?.recognition]).toEqual([name, `Recognized as a customer export of ${title}.`]);
  });

  it('is not known by one of them alone', async () => {
    for (const one of needed) {
      expect(await read({ [one]: 'x', Other: 'y' })).toBeUndefined();
      const rest = needed.filter((other) => other !== one);
      expect(await read(Object.fromEntries([...rest, anyOf[0]].map((key) => [key, 'x'])))).toBeUndefined();
    }
    if (needed.length > 0 && !(anyOf as readonly string[]).includes('Email')) expect(await read({ [anyOf[0]]: 'x', Other: 'y' })).toBeUndefined();
  });
}); // prettier-ignore

const SHOPIFY = { Email: '', 'First Name': '', 'Accepts Email Marketing': '' };
const SQUARE = { 'Email Address': '', 'First Name': '', 'Square Customer ID': '' };
const WOO = { billing_email: '' };
const ODOO = { Name: '', 'Is Company': '' };
const PLAIN = { row: 2, remarks: [], fromSystem: true };

describe('what is read', () => {
  it.each([
    [{ ...SHOPIFY, 'First Name': 'Ada', 'Last Name': 'Fischer', Email: 'a@b.example', Phone: '1', Note: 'n', Tags: 'vip, regular,', 'Accepts Email Marketing': 'yes' },
      { name: 'Ada Fischer', substituteName: 'a@b.example', email: 'a@b.example', phone: '1', notes: 'n', tags: ['vip', 'regular'], marketingConsent: 'yes' }],
    [{ ...SHOPIFY, 'Default Address Company': 'Bakery', 'Default Address Phone': '2', 'Accepts Marketing': 'no' }, { name: 'Bakery', substituteName: '2', phone: '2', marketingConsent: 'no' }],
    [{ ...SHOPIFY, Company: 'Bakery' }, { name: 'Bakery' }],
    [{ ...SQUARE, 'First Name': 'Ada', 'Last Name': 'F', Nickname: 'Addy', 'Email Address': 'a@b.example', 'Phone Number': '1', Memo: 'n', 'Email Subscription Status': 'Subscribed' },
      { name: 'Ada F', substituteName: 'Addy', email: 'a@b.example', phone: '1', notes: 'n', marketingConsent: 'yes' }],
    [{ ...SQUARE, 'Company Name': 'Bakery', 'Email Subscription Status': 'unsubscribed' }, { name: 'Bakery', marketingConsent: 'no' }],
    [{ ...SQUARE, 'First Name': 'Ada', 'Email Subscription Status': 'bounced' }, { name: 'Ada' }],
    [{ ...WOO, display_name: 'Ada F', user_login: 'ada', user_email: 'a@b.example', billing_phone: '1', billing_vat_number: 'DE1', customer_note: 'n' },
      { name: 'Ada F', substituteName: 'ada', email: 'a@b.example', phone: '1', taxNumber: 'DE1', notes: 'n' }],
    [{ Name: 'Ada', Username: 'ada', AOV: '1', Email: 'a@b.example', 'VAT number': 'DE2', 'Customer notes': 'n' }, { name: 'Ada', substituteName: 'ada', email: 'a@b.example', taxNumber: 'DE2', notes: 'n' }],
    [{ billing_first_name: 'Ada', billing_last_name: 'F', billing_email: 'a@b.example' }, { name: 'Ada F', substituteName: 'a@b.example', email: 'a@b.example' }],
    [{ first_name: 'Ada', last_name: 'F', billing_email: '' }, { name: 'Ada F' }],
    [{ billing_company: 'Bakery', billing_email: '' }, { name: 'Bakery' }],
    [{ ...ODOO, Name: 'Ada', Email: 'a@b.example', Mobile: '2', VAT: 'DE1', 'Credit Limit': '50', 'Tags/Name': 'vip', Comment: '<p>Rings&nbsp;<b>twice</b></p>then waits' },
      { name: 'Ada', substituteName: 'a@b.example', email: 'a@b.example', phone: '2', taxNumber: 'DE1', creditLimit: '50', tags: ['vip'], notes: 'Rings twice\nthen waits' }],
    [{ 'Complete Name': 'Bakery, Ada', 'Display Name': 'Ada', 'Company Type': 'x', Phone: '1', 'Tax ID': 'DE1', partner_limit: '5', 'Internal Notes': 'a < b', Tags: 'x' },
      { name: 'Bakery, Ada', substituteName: '1', phone: '1', taxNumber: 'DE1', creditLimit: '5', notes: 'a < b', tags: ['x'] }],
    [{ 'Display Name': 'Ada', 'External ID': 'x', Notes: 'n', category_id: 'y' }, { name: 'Ada', notes: 'n', tags: ['y'] }],
    [{ Name: 'Ada', 'category_id/name': 'z' }, { name: 'Ada', tags: ['z'] }],
    [{ ...ODOO, Name: 'Ada', 'Tags/Display Name': 'z' }, { name: 'Ada', tags: ['z'] }],
  ])('of %j', async (columns, said) => expect((await read(columns))!.customers).toEqual([{ ...PLAIN, ...said }])); // prettier-ignore

  it('says so where a company stands beside a person', async () => {
    const remarks = [
      ['company', 'The company is not imported: the customer has the name of the person.', 'NOT_TAKEN'],
    ];
    const both = await read({ ...SHOPIFY, 'First Name': 'Ada', Company: 'Bakery' });
    expect(both!.customers).toEqual([{ ...PLAIN, name: 'Ada', remarks }]);
    expect(
      (await read({ ...SHOPIFY, 'First Name': 'Bakery', Company: 'Bakery' }))!.customers[0]!.remarks,
    ).toEqual([]);
  });

  it('of a tag on a line of its own belongs to the customer above', async () => {
    const lines: Record<string, string>[] = [{ Tags: 'b' }, { Tags: 'c, d' }, { Name: 'Bob', Tags: 'e' }, {}];
    const { customers } = (await read({ ...ODOO, Name: 'Ada', Tags: 'a', Email: '', Phone: '' }, ...lines))!;
    expect(customers).toEqual([
      { ...PLAIN, name: 'Ada', tags: ['a', 'b', 'c', 'd'] },
      { ...PLAIN, row: 5, name: 'Bob', tags: ['e'] },
      { ...PLAIN, row: 6 },
    ]);
    const other = await read(
      { ...ODOO, Name: 'Ada', Tags: 'a', Email: '' },
      { Email: 'b@example.com', Tags: 'b' },
    );
    expect(other!.customers).toHaveLength(2);
    expect((await read({ ...ODOO, Tags: 'a' }))!.customers).toEqual([{ ...PLAIN, tags: ['a'] }]);
    const many = await read(
      { ...ODOO, Name: 'Ada', Tags: '0' },
      ...Array.from({ length: 100 }, (_, at) => ({ Tags: `${at + 1}` })),
    );
    expect(many!.customers.map(({ row }) => row)).toEqual([2, 102]);
  });
});

it.each(['oh yes', 'yes indeed', 'bounced'])('%j is no consent', async (status) => {
  const { customers } = (await read({
    ...SQUARE,
    'First Name': 'Ada',
    'Email Subscription Status': status,
  }))!;
  expect(customers).toEqual([{ ...PLAIN, name: 'Ada' }]);
});

it.each([
  ['Shipping City', 'addresses are added to a customer one at a time'],
  ...['Address 1', 'Street', 'State', 'Province', 'Region', 'Zip', 'Postal Code', 'Postcode', 'Country'].map((title) => [title, 'addresses are added to a customer one at a time']),
  ...['Total Spent', 'Orders', 'Order Count', 'AOV', 'Lifetime Spend', 'Transaction Count', 'First Visit', 'Last Visit', 'Last Active', 'Last Order'].map((title) => [title, 'only sales in PosPro change it']),
  ['Accepts SMS Marketing', 'only the consent to e-mail advertising is stored'],
  ['WhatsApp', 'only the consent to e-mail advertising is stored'],
  ['Tax Exempt', 'the tax of a sale depends on its goods'],
  ['Birthday', 'dates of birth are not stored'],
  ['Password', 'customers do not sign in'],
  ['user_pass', 'customers do not sign in'],
])('%s is not taken: %s', async (title, reason) => {
  expect((await read({ ...SHOPIFY, [title]: 'x' }))!.notTaken).toEqual([`The column "${title}" is not taken: ${reason}.`]);
}); // prettier-ignore
