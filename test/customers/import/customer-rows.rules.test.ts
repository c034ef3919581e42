import { Decimal } from '#kernel/decimal';
import { oneMark } from '#kernel/import/number-marks.rules';
import type { RawCustomer } from '#subgraphs/customers/import/customer-columns.rules';
import { readCustomer } from '#subgraphs/customers/import/customer-rows.rules';

const ID = '0190a000-0000-7000-8000-000000000001';
const read = (cells: RawCustomer) => readCustomer({ row: 7, cells }, oneMark('comma'));

it('reads every column', () => {
  const cells = {
    id: ID.toUpperCase(), name: ' Ada Fischer ', substituteName: 'Ada', email: 'Ada@Example.com', phone: '+49 30 1', taxNumber: 'DE1', language: ' de-AT ', notes: 'Rings twice',
    tags: ['vip', ' regular '], currency: 'eur', creditLimit: '1.250,50', creditBalance: '3', marketingConsent: 'yes',
  }; // prettier-ignore
  expect(read(cells)).toEqual({
    row: 7, id: ID, name: 'Ada Fischer', substituteName: 'Ada', email: 'ada@example.com', phone: '+49 30 1', taxNumber: 'DE1', language: 'de-AT', notes: 'Rings twice',
    tags: ['vip', 'regular'], currency: 'EUR', creditLimit: new Decimal('1250.5'), creditBalance: new Decimal(3), marketingConsent: true,
    errors: [], warnings: [],
  }); // prettier-ignore
});

it('says nothing of what is empty', () => {
  const { row, errors, warnings, ...said } = read({});
  expect([row, errors, warnings]).toEqual([7, [], []]);
  expect(Object.values(said)).toEqual(Array(13).fill(undefined));
});

it.each([
  [{ firstName: 'Ada', lastName: 'Fischer' }, 'Ada Fischer', false],
  [{ lastName: 'Fischer' }, 'Fischer', false],
  [{ company: 'Fischer GmbH' }, 'Fischer GmbH', false],
  [{ firstName: 'Ada', company: 'Fischer GmbH' }, 'Ada', true],
  [{ name: 'A. Fischer', firstName: 'Ada', company: 'Fischer GmbH' }, 'A. Fischer', true],
] as const)('makes of %j the name %s', (cells, name, warned) => {
  const draft = read(cells);
  expect(draft.name).toBe(name);
  const message =
    'The company is not imported, because the row has a name. Move it to the name or the notes to keep it.';
  expect(draft.warnings).toEqual(warned ? [{ field: 'company', message, code: 'NOT_TAKEN' }] : []);
});

it.each([
  [{ id: 'x'.repeat(50) }, 'id', 'NOT_FOUND', `There is no customer with the id "${'x'.repeat(40)}".`],
  [{ tags: ['vip', 5] }, 'tags', 'TYPE', 'Must be a list of texts.'],
] as const)('refuses %j', (cells, field, code, message) => {
  const draft = read(cells);
  expect([draft[field], draft.errors]).toEqual([undefined, [{ field, message, code }]]);
});

it('keeps a text of tags as it is', () => expect(read({ tags: 'vip; regular' }).tags).toBe('vip; regular'));

it.each(['phone', 'taxNumber'] as const)('knows that %s is no number', (column) => {
  expect(read({ [column]: '4.930123E+11' }).errors.map(({ field }) => field)).toEqual([column]);
});
