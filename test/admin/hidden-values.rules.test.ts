/** What of a recorded change its reader sees; test/admin/hidden-values.test.ts reads it over the API. */
import { visibleValue } from '#subgraphs/admin/hidden-values.rules';

const NOBODY = () => false;

it.each([
  [
    'costs, by any name that has the word in it',
    { unitCost: '1', costPrice: '2', COST: 3, average_cost: '4', price: '9' },
    { unitCost: '[hidden]', costPrice: '[hidden]', COST: '[hidden]', average_cost: '[hidden]', price: '9' },
  ],
  ['whatever stands under a cost', { costs: { low: 1 } }, { costs: '[hidden]' }],
  [
    'mail addresses of the staff, by exactly that name',
    { email: 'a', Email: 'b', emailVerified: true, contactEmail: 'c' },
    { email: '[hidden]', Email: '[hidden]', emailVerified: true, contactEmail: 'c' },
  ],
  [
    'both, however deep',
    { items: [[{ cost: 1, name: 'x' }], 'cost'], user: { email: 'a' } },
    { items: [[{ cost: '[hidden]', name: 'x' }], 'cost'], user: { email: '[hidden]' } },
  ],
  [
    'nothing that is null: whether there was a value is no secret',
    { cost: null, email: null, items: [null] },
    { cost: null, email: null, items: [null] },
  ],
])('hides %s', (_, value, shown) => {
  expect(visibleValue(value, NOBODY)).toEqual(shown);
  expect(visibleValue(value, () => true)).toEqual(value);
});

it('shows to each what they may read elsewhere', () => {
  const value = { cost: '1', email: 'a' };
  const to = (scope: string) => visibleValue(value, (asked) => asked === scope);
  expect([to('costs:read'), to('admin:users'), to('catalog:read')]).toEqual([
    { cost: '1', email: '[hidden]' },
    { cost: '[hidden]', email: 'a' },
    { cost: '[hidden]', email: '[hidden]' },
  ]);
});

it.each(['text', 1, true, null, undefined])('leaves %j as it is', (value) => {
  expect(visibleValue(value, NOBODY)).toBe(value);
});
