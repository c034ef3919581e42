/** Customer exports of other systems, as they write them. */
import { sql } from '#kernel/db/database';
import { remarksOfJobs } from '#kernel/import/import-report';
import type { CustomerRow } from '#subgraphs/customers/customers';
import { bulkCreateCustomers } from '#subgraphs/customers/import/customer-imports';
import { amount, csvFile } from '#test/harness/values';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  owner = await createOwner(db, { currency: 'EUR' });
});
afterAll(() => db.close());

const load = (rows: readonly string[]) =>
  bulkCreateCustomers(db.contextFor(owner.actor), { file: csvFile(rows.join('\r\n')) });
const people = async () => {
  const rows = await owner.ctx.db.many<CustomerRow>(sql`select * from customers order by name`);
  return rows.map(({ name, email, phone, taxNumber, notes, tags, marketingConsent }) => [name, email, phone, taxNumber, notes, tags, marketingConsent]);
}; // prettier-ignore
const oddities = async (id: string) => {
  const { error, warning } = (await remarksOfJobs(owner.ctx.db, [id])).get(id)!;
  return [...error, ...warning].map(({ row, severity, field, code }) => [row, severity, field, code]);
};

/** Loads a file twice: the second time everybody is there already, and as the file says. */
async function loadTwice(rows: readonly string[], report: object) {
  const job = await load(rows);
  expect(job).toMatchObject(report);
  const again = await load(rows);
  const { created, failed } = job;
  expect(again).toMatchObject({ created: 0, updated: created, unchanged: created, failed });
  return job;
}

it('Shopify: names, consent, tags, notes, and a phone that a spreadsheet cannot mistake', async () => {
  const { id, warnings } = await loadTwice(
    [
      'Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags',
      '\'7001,Ada,Fischer,Ada@example.com,yes,Fischer GmbH,Lindenstr. 12,,Berlin,BE,DE,\'10969,\'+49 30 99,\'+49301234567,no,120.50,3,"Rings twice\nthen waits",no,"vip, regular"',
      "'7002,,,news@example.com,yes,,,,,,,,,,no,0.00,0,,no,",
      "'7003,,,,no,Bakery North,,,,,,,'+4940555,,no,0.00,0,,no,newsletter",
      "'7004,,,,no,,,,,,,,,,no,0.00,0,,no,",
    ],
    { recognizedAs: 'shopify', total: 4, created: 3, failed: 1, warned: 1 },
  );
  expect(await people()).toEqual([
    [
      'Ada Fischer',
      'ada@example.com',
      '+49301234567',
      null,
      'Rings twice\nthen waits',
      ['vip', 'regular'],
      true,
    ],
    ['Bakery North', null, '+4940555', null, null, ['newsletter'], false],
    ['news@example.com', 'news@example.com', null, null, null, [], true],
  ]);
  expect(await oddities(id)).toEqual([
    [5, 'error', 'name', 'REQUIRED'],
    [2, 'warning', 'company', 'NOT_TAKEN'],
  ]);
  expect(warnings[0]).toBe('Recognized as a customer export of Shopify.');
  expect(warnings).toContain(
    'The column "Default Address City" is not taken: addresses are added to a customer one at a time.',
  );
  expect(warnings).toContain('The column "Total Spent" is not taken: only sales in PosPro change it.');
  expect(warnings).toContain(
    'The column "Accepts SMS Marketing" is not taken: only the consent to e-mail advertising is stored.',
  );
  expect(warnings).toContain('The column "Customer ID" is not taken.');
});

it('Square: a subscription is a consent, and an unknown one says nothing', async () => {
  const { warnings } = await loadTwice(
    [
      'Reference ID,First Name,Last Name,Email Address,Phone Number,Nickname,Company Name,Street Address 1,Street Address 2,City,State,Postal Code,Birthday,Memo,Square Customer ID,Creation Source,First Visit,Last Visit,Transaction Count,Lifetime Spend,Email Subscription Status,Instant Profile',
      "R1,Ada,Fischer,ada@example.com,'+1 555 0100,,,,,,,,1990-01-01,Likes tea,SQ1,Directory,,,2,$12.00,subscribed,No",
      'R2,,,grace@example.com,,Gracie,,,,,,,,,SQ2,Directory,,,0,$0.00,unsubscribed,No',
      'R3,,,,+1 555 0101,,Corner Shop,,,,,,,,SQ3,Directory,,,0,$0.00,unknown,No',
    ],
    { recognizedAs: 'square', created: 3, failed: 0, warned: 0 },
  );
  expect(await people()).toEqual([
    ['Ada Fischer', 'ada@example.com', '+1 555 0100', null, 'Likes tea', [], true],
    ['Corner Shop', null, '+1 555 0101', null, null, [], false],
    ['Gracie', 'grace@example.com', null, null, null, [], false],
  ]);
  expect(warnings).toContain('The column "Birthday" is not taken: dates of birth are not stored.');
});

it('WooCommerce: the columns of WordPress, and those of Analytics', async () => {
  await loadTwice(
    [
      'ID,user_login,user_email,user_pass,user_registered,display_name,first_name,last_name,billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,billing_city,billing_country',
      '5,ada,ada@example.com,$P$x,2024-01-01,Ada F.,Ada,Fischer,Ada,Fischer,,ada@example.com,030 1234567,Lindenstr. 12,Berlin,DE',
      '6,grace,grace@example.com,$P$x,2024-01-01,,,,Grace,Weber,,pay@example.com,,,,',
    ],
    { recognizedAs: 'woocommerce', created: 2, failed: 0, warned: 0 },
  );
  const report = await load([
    'Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code',
    'Ada F.,ada,2026-01-01,2024-01-01,ada@example.com,3,120.50,40.17,DE,Berlin,BE,10969',
    ',guest,2026-01-01,,guest@example.com,1,5.00,5.00,DE,,,',
  ]);
  expect(report).toMatchObject({ recognizedAs: 'woocommerce', created: 1, updated: 1, unchanged: 1 });
  expect((await people()).map(([name, email, phone]) => [name, email, phone])).toEqual([
    ['Ada F.', 'ada@example.com', '030 1234567'], ['Grace Weber', 'grace@example.com', null], ['guest', 'guest@example.com', null],
  ]); // prettier-ignore
});

it('Odoo: labels or technical names, tags over several lines, notes without their markup', async () => {
  await loadTwice(
    [
      'External ID,Complete Name,Is a Company,Email,Phone,Mobile,Tax ID,Notes,Tags,Credit Limit,Street,City,Country',
      '__export__.p_1,"Deco Addict, Douglas Fletcher",False,douglas@example.com,,+1 555 0102,,<p>Calls <b>late</b></p>,Services,0.00,77 Santa Barbara Rd,Pleasant Hill,United States',
      ',,,,,,,,Consulting,,,,',
      '__export__.p_2,Azure Interior,True,azure@example.com,+58 212 681 0538,,US12345677,,,250.00,4557 De Silva St,Fremont,United States',
    ],
    { recognizedAs: 'odoo', created: 2, failed: 0, warned: 0 },
  );
  expect(await people()).toEqual([
    ['Azure Interior', 'azure@example.com', '+58 212 681 0538', 'US12345677', null, [], false],
    [
      'Deco Addict, Douglas Fletcher',
      'douglas@example.com',
      '+1 555 0102',
      null,
      'Calls late',
      ['Services', 'Consulting'],
      false,
    ],
  ]);
  const { creditLimit } = await owner.ctx.db.one<CustomerRow>(
    sql`select credit_limit from customers where name like 'Azure%'`,
  );
  expect(creditLimit).toEqual(amount(250));
  const technical = await load([
    'id,name,is_company,email,phone,vat,comment,category_id',
    'base.p_2,Azure Interior,1,azure@example.com,,,,',
  ]);
  expect(technical).toMatchObject({ recognizedAs: 'odoo', updated: 1, unchanged: 1 });
});

it('a file of our own is none of theirs', async () => {
  const job = await load([
    'id,name,email,phone,tax_number,notes,tags,credit_limit,marketing_consent',
    ',Ada,ada@example.com,,,,,,',
  ]);
  expect(job).toMatchObject({ recognizedAs: null, created: 1, warnings: [] });
});
