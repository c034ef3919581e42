import { checkedAccount, maskedAccount } from '#subgraphs/vendors/vendors/bank-account.rules';

const fieldsOf = (iban: string, bic?: string) =>
  checkedAccount({ holder: 'Pottery', iban, bic }).errors.map(({ field, code }) => `${field} ${code}`);

it.each([
  'DE89 3704 0044 0532 0130 00',
  'de89370400440532013000',
  'GB82 WEST 1234 5698 7654 32',
  'FR14 2004 1010 0505 0001 3M02 606',
  'NO93 8601 1117 947',
  'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
])('accepts the IBAN %s', (iban) => {
  expect(fieldsOf(iban)).toEqual([]);
});

it.each([
  ['two digits that changed places', 'DE89 3704 0044 0532 0103 00'],
  ['a digit too few', 'DE89 3704 0044 0532 0130 0'],
  ['an unknown country', 'ZZ89 3704 0044 0532 0130 00'],
  ['nothing', ''],
])('rejects %s', (_, iban) => {
  expect(fieldsOf(iban)).toEqual(['bankAccount.iban IBAN']);
});

it('checks the BIC and the owner as well, and names all errors', () => {
  expect(fieldsOf('DE89370400440532013000', 'COBADEFFXXX')).toEqual([]);
  expect(fieldsOf('DE89370400440532013000', 'cobadeff')).toEqual([]);
  expect(fieldsOf('DE00370400440532013000', 'COBA')).toEqual([
    'bankAccount.iban IBAN',
    'bankAccount.bic BIC',
  ]);
  expect(checkedAccount({ holder: ' ', iban: 'DE89370400440532013000' }).errors).toHaveLength(1);
});

it('never shows the whole number', () => {
  const { account } = checkedAccount({ holder: ' Hillside  Pottery ', iban: 'DE89 3704 0044 0532 0130 00' });
  expect(maskedAccount(account)).toEqual({
    holder: 'Hillside Pottery',
    iban: 'DE89 •••• 3000',
    bic: null,
    country: 'DE',
  });
  expect(maskedAccount({ accountHolder: null, iban: null, bic: null })).toBeNull();
});
