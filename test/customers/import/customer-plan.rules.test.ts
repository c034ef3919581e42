/** The plan of an import: new, changed and unchanged customers, and rejected rows. */
import { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import {
  planCustomers,
  isReadable,
  type CustomerImportRules,
} from '#subgraphs/customers/import/customer-plan.rules';
import type { CustomerDraft } from '#subgraphs/customers/import/customer-rows.rules';
import type { CustomerRow } from '#subgraphs/customers/model';

const TAKEN: FieldError = { field: 'email', message: 'Another customer has it.', code: 'TAKEN' };
const LIMIT_NOT_PERMITTED: FieldError = {
  field: 'creditLimit',
  message: 'Somebody has to approve it.',
  code: 'FORBIDDEN',
};
const RULES: CustomerImportRules = {
  creates: true,
  currency: 'EUR',
  country: 'DE',
  undecided: undefined,
  emailTaken: TAKEN,
};

const NOTHING: CustomerDraft = {
  row: 2, id: undefined, name: undefined, substituteName: undefined, email: undefined, phone: undefined, taxNumber: undefined, language: undefined, notes: undefined,
  tags: undefined, currency: undefined, creditLimit: undefined, creditBalance: undefined, marketingConsent: undefined, errors: [], warnings: [],
}; // prettier-ignore
const draft = (said: Partial<CustomerDraft>, row = 2): CustomerDraft => ({ ...NOTHING, row, ...said });

const customer = (said: Partial<CustomerRow>): CustomerRow => ({
  id: 'c1', organizationId: 'o1', code: 'A-17', name: 'Ada Fischer', email: 'ada@example.com', phone: '+49 30 1234567', phoneE164: '+49301234567', taxNumber: 'DE1', language: 'fr', notes: 'Rings twice',
  tags: ['vip', 'tea, green'], currency: 'EUR', creditLimit: new Decimal(100), paymentDays: 14, creditLimitApprovedBy: null, creditBalance: new Decimal(5), creditEntries: 1,
  marketingConsent: true, createdAt: new Date(0), updatedAt: new Date(0), erasedAt: null, ...said,
}) as CustomerRow; // prettier-ignore
const ADA = customer({});
const BOB = customer({
  id: 'c2',
  name: 'Bob',
  email: null,
  phone: '0176 1234567',
  tags: [],
  creditLimit: new Decimal(0),
  creditBalance: new Decimal(0),
});

interface Setting {
  known?: readonly CustomerRow[];
  rules?: Partial<CustomerImportRules>;
  seen?: ReadonlyMap<string, number>;
}
/** The plan in short: names of the new, ids of the changed and unchanged, refusals and oddities by row, field and code. */
function plan(
  drafts: readonly CustomerDraft[],
  { known = [ADA, BOB], rules = {}, seen = new Map() }: Setting = {},
) {
  const made = planCustomers({ ...RULES, ...rules }, drafts, known, seen);
  const short = (faults: typeof made.faults) =>
    faults.map(({ row, field, code }) => `${row} ${field} ${code}`);
  return {
    creates: made.creates.map(({ values }) => values.name),
    changes: made.changes.map(({ before }) => before!.id),
    unchanged: made.unchanged.map(({ before }) => before!.id),
    faults: short(made.faults),
    oddities: short(made.oddities),
  };
}
const EMPTY = { creates: [], changes: [], unchanged: [], faults: [], oddities: [] };
const valuesOf = (said: Partial<CustomerDraft>, known = [ADA, BOB]) => {
  const made = planCustomers(RULES, [draft(said)], known, new Map());
  expect(made.faults).toEqual([]);
  return [...made.creates, ...made.changes, ...made.unchanged][0]!.values;
};

describe('whom a row means', () => {
  it.each([
    ['the id', { id: 'c1', name: 'Ada' }, { changes: ['c1'] }],
    ['the e-mail address', { email: 'ada@example.com', name: 'Ada' }, { changes: ['c1'] }],
    ['the name and the phone in another form', { name: 'BOB', phone: '0176/123-4567' }, { changes: ['c2'] }],
    ['nobody yet', { email: 'new@example.com', name: 'New' }, { creates: ['New'] }],
    [
      'nobody yet, with the phone of somebody else',
      { name: 'Bobby', phone: '0176 1234567' },
      { creates: ['Bobby'] },
    ],
    [
      'nobody yet, with the name of somebody else',
      { name: 'Bob', phone: '0176 7654321' },
      { creates: ['Bob'] },
    ],
    ['nobody yet, by a name alone', { name: 'Bob' }, { creates: ['Bob'] }],
    [
      'an e-mail address before a name and phone',
      { name: 'Bob', phone: '0176 1234567', email: 'b@example.com' },
      { creates: ['Bob'] },
    ],
    ['an id that is not there', { id: 'c9' }, { faults: ['2 id NOT_FOUND'] }],
  ])('%s', (_, said, expected) => expect(plan([draft(said)])).toEqual({ ...EMPTY, ...expected }));

  it.each([
    [{ email: 'new@example.com' }, '2 email NOT_FOUND', 'No customer has this e-mail address.'],
    [
      { name: 'Bobby', phone: '0176 1234567' },
      '2 phone NOT_FOUND',
      'No customer has this name and phone number.',
    ],
    [{ name: 'Bobby' }, '2 id REQUIRED', 'Name the customer by id, by email, or by name and phone.'],
    [{ id: 'c9' }, '2 id NOT_FOUND', 'There is no customer with the id "c9".'],
  ])('%j makes nobody where rows only change customers', (said, fault, message) => {
    expect(plan([draft(said)], { rules: { creates: false } })).toEqual({ ...EMPTY, faults: [fault] });
    expect(
      planCustomers({ ...RULES, creates: false }, [draft(said)], [ADA, BOB], new Map()).faults[0]!.message,
    ).toBe(message);
  });

  it('is not decided between two', () => {
    const known = [BOB, customer({ ...BOB, id: 'c3' })];
    expect(plan([draft({ name: 'Bob', phone: '0176 1234567' })], { known })).toEqual({
      ...EMPTY,
      faults: ['2 phone AMBIGUOUS'],
    });
  });
});

describe('what a row wants', () => {
  it('keeps what it does not say', () => {
    expect(plan([draft({ id: 'c1' })])).toEqual({ ...EMPTY, unchanged: ['c1'] });
    expect(valuesOf({ id: 'c1' })).toMatchObject({ name: 'Ada Fischer', phone: '+49 30 1234567', phoneE164: '+49301234567', taxNumber: 'DE1', language: 'fr', notes: 'Rings twice', tags: ['vip', 'tea, green'], marketingConsent: true });
  }); // prettier-ignore

  it.each([
    ['name', { name: 'Ada F.' }], ['phone', { phone: '030 1' }], ['tax number', { taxNumber: 'DE2' }], ['language', { language: 'de' }], ['notes', { notes: 'Waits' }], ['tags', { tags: ['vip'] }], ['one of its tags', { tags: ['vip', 'tea'] }],
    ['the order of tags', { tags: ['tea, green', 'vip'] }], ['credit limit', { creditLimit: new Decimal(99) }], ['consent', { marketingConsent: false }],
    ['e-mail address', { email: 'ada@fischer.example' }],
  ])('changes by its %s', (_, said) => expect(plan([draft({ id: 'c1', ...said })])).toEqual({ ...EMPTY, changes: ['c1'] })); // prettier-ignore

  it('takes a language in its canonical form, and rejects another text', () => {
    expect(valuesOf({ id: 'c1', language: 'pt-br' }).language).toBe('pt-BR');
    expect(plan([draft({ id: 'c1', language: 'FR' })])).toEqual({ ...EMPTY, unchanged: ['c1'] });
    expect(plan([draft({ id: 'c1', language: 'French, please' })])).toEqual({
      ...EMPTY,
      faults: ['2 language INVALID'],
    });
  });

  it('is no change where a cell holds no more than an export left of a text', () => {
    const known = [customer({ name: '=1+1', notes: '+cmd', tags: ['-a', 'b'] })];
    const said = { id: 'c1', name: '=1+1', notes: '+cmd', tags: '-a;b' };
    expect(plan([draft(said)], { known })).toEqual({ ...EMPTY, unchanged: ['c1'] });
  });

  it('is no change where a spreadsheet took an apostrophe from a code', () => {
    const known = [customer({ taxNumber: "'47CAP" })];
    expect(plan([draft({ id: 'c1', taxNumber: '47CAP' })], { known })).toEqual({
      ...EMPTY,
      unchanged: ['c1'],
    });
    expect(plan([draft({ id: 'c1', taxNumber: '48CAP' })], { known })).toEqual({ ...EMPTY, changes: ['c1'] });
  });

  it.each([
    ['vip; regular ;', ['vip', 'regular']],
    ['vip, regular,', ['vip', 'regular']],
    ['vip, , regular', ['vip', 'regular']],
    ['vip, x; regular', ['vip, x', 'regular']],
    ['vip;tea, green', ['vip', 'tea, green']],
  ])('parts the tags %j', (tags, parted) => expect(valuesOf({ id: 'c1', tags }).tags).toEqual(parted));

  it('takes another name for a new customer without one, and none for a known one', () => {
    expect(valuesOf({ email: 'n@example.com', substituteName: 'Nick' }).name).toBe('Nick');
    expect(valuesOf({ id: 'c1', substituteName: 'Nick' }).name).toBe('Ada Fischer');
    const nameless = planCustomers(RULES, [draft({ email: 'n@example.com' })], [], new Map());
    expect(nameless.faults).toEqual([
      { row: 2, field: 'name', message: 'Is missing; a new customer needs a name.', code: 'REQUIRED' },
    ]);
  });
});

describe('what is refused', () => {
  it('an address that another customer has', () => {
    expect(plan([draft({ id: 'c2', email: 'ada@example.com' })])).toEqual({
      ...EMPTY,
      faults: ['2 email TAKEN'],
    });
  });

  it('another credit limit that nobody has decided', () => {
    const rules = { undecided: LIMIT_NOT_PERMITTED };
    expect(plan([draft({ id: 'c1', creditLimit: new Decimal(100) })], { rules })).toEqual({
      ...EMPTY,
      unchanged: ['c1'],
    });
    expect(plan([draft({ id: 'c1', creditLimit: new Decimal(101) })], { rules }).faults).toEqual([
      '2 creditLimit FORBIDDEN',
    ]);
    expect(plan([draft({ name: 'New', creditLimit: new Decimal(1) })], { rules }).faults).toEqual([
      '2 creditLimit FORBIDDEN',
    ]);
    expect(plan([draft({ name: 'New', creditLimit: new Decimal(0) })], { rules }).creates).toEqual(['New']);
  });

  it.each([
    [{ id: 'c1' }, 'id'],
    [{ email: 'new@example.com', name: 'New' }, 'email'],
    [{ name: 'New', phone: '0176 7654321' }, 'phone'],
  ])('the same customer twice in a file: %j', (said, field) => {
    const made = plan([draft(said), draft(said, 3)]);
    expect(made.faults).toEqual([`3 ${field} ALREADY_EXISTS`]);
    const first = planCustomers(RULES, [draft(said)], [ADA, BOB], new Map());
    const { keys } = [...first.creates, ...first.unchanged][0]!;
    const later = planCustomers(RULES, [draft(said, 900)], [ADA, BOB], new Map(keys.map((key) => [key, 2])));
    expect(later.faults).toEqual([
      { row: 900, field, message: 'Row 2 already has the same customer.', code: 'ALREADY_EXISTS' },
    ]);
  });

  it('two people without number or address are two', () => {
    expect(plan([draft({ name: 'New' }), draft({ name: 'New' }, 3)])).toEqual({
      ...EMPTY,
      creates: ['New', 'New'],
    });
  });

  it('an account in another currency than it is kept in', () => {
    expect(plan([draft({ id: 'c1', currency: 'EUR' })])).toEqual({ ...EMPTY, unchanged: ['c1'] });
    expect(plan([draft({ name: 'New', currency: 'USD' })]).faults).toEqual(['2 currency CURRENCY']);
    const known = [customer({ currency: 'CHF' })];
    const [fault] = planCustomers(RULES, [draft({ id: 'c1', currency: 'EUR' })], known, new Map()).faults;
    expect(fault!.message).toBe('The currency of the account is CHF.');
  });

  it('what could not be read, once', () => {
    const unread = (field: string): FieldError[] => [{ field, message: 'No.', code: 'TYPE' }];
    expect(plan([draft({ name: 'New', errors: unread('creditLimit') })]).faults).toEqual([
      '2 creditLimit TYPE',
    ]);
    expect(plan([draft({ name: '', email: 'x', errors: unread('name') })]).faults).toEqual([
      '2 name TYPE',
      '2 email INVALID',
    ]);
    // Where nobody knows whom the row means, nothing more is said of it.
    expect(plan([draft({ name: 'New', currency: 'USD', errors: unread('id') })]).faults).toEqual([
      '2 id TYPE',
    ]);
    expect(plan([draft({ name: 'New', currency: 'USD', errors: unread('email') })]).faults).toEqual([
      '2 email TYPE',
    ]);
    expect(plan([draft({ id: 'c1', currency: 'USD', errors: unread('email') })]).faults).toEqual([
      '2 email TYPE',
      '2 currency CURRENCY',
    ]);
    expect(plan([draft({ name: 'New', currency: 'USD', errors: unread('row') })]).faults).toEqual([
      '2 row TYPE',
    ]);
    expect([
      isReadable(draft({ errors: unread('row') })),
      isReadable(draft({ errors: unread('name') })),
    ]).toEqual([false, true]);
  });
});

it('a balance that differs is not taken, and said', () => {
  expect(plan([draft({ id: 'c1', creditBalance: new Decimal(5) })]).oddities).toEqual([]);
  expect(plan([draft({ name: 'New', creditBalance: new Decimal(0) })]).oddities).toEqual([]);
  const warnings = [{ field: 'company', message: 'Not taken.', code: 'NOT_TAKEN' }];
  const made = planCustomers(
    RULES,
    [draft({ id: 'c1', creditBalance: new Decimal(6), warnings })],
    [ADA],
    new Map(),
  );
  expect(made.oddities).toEqual([
    { row: 2, field: 'company', message: 'Not taken.', code: 'NOT_TAKEN' },
    {
      row: 2,
      field: 'creditBalance',
      message: 'The balance is not imported: only sales and payments change it.',
      code: 'NOT_TAKEN',
    },
  ]);
});
