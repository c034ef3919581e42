import fc from 'fast-check';
import { ALL_SCOPES, SCOPES, expandScopes } from '#kernel/auth/scopes';
import { Faults, isEmail } from '#kernel/validation';
import { Decimal } from '#kernel/decimal';
import {
  checkRoundingStep,
  checkTimeZone,
  checkedBranchCode,
  checkedCurrency,
  checkedLanguage,
  checkedText,
} from '#subgraphs/auth/validators.rules';
import { DEFAULT_ROLES, grantError, isFixedRole } from '#subgraphs/auth/roles.rules';
import { demoId, demoIdOf } from '#demo/ids';
import { isUuid } from '#kernel/ids';

/** Runs a check and gives back the codes of its faults. */
function codes(check: (faults: Faults) => unknown): string[] {
  const faults = new Faults();
  check(faults);
  try {
    faults.throwIfAny();
    return [];
  } catch (error) {
    return (error as { errors: { code: string }[] }).errors.map((fault) => fault.code);
  }
}

describe('input rules', () => {
  it.each([
    ['cashier@pospro.com', true],
    ['o.brien+till@sub.shop.co.uk', true],
    ['käse@läden.de', true],
    ['no-at-sign.com', false],
    ['two@at@signs.com', false],
    ['blank in@shop.test', false],
    ['robin@localhost', false],
    ['robin@shop..test', false],
    ['robin@shop.test\0', false],
    ['', false],
    [`${'x'.repeat(250)}@shop.test`, false],
  ])('isEmail(%j) is %j', (text, expected) => {
    expect(isEmail(text)).toBe(expected);
  });

  it('checks an address of any text in time that grows with its length', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5000 }), (text) => typeof isEmail(text) === 'boolean'));
    expect(isEmail(`a@${'a.'.repeat(100)}`)).toBe(false);
  });

  it('cuts blanks off a text and refuses what PostgreSQL or a receipt cannot hold', () => {
    expect(checkedText(new Faults(), 'name', '  The Corner Shop ', { max: 20 })).toBe('The Corner Shop');
    expect(codes((faults) => checkedText(faults, 'name', '   ', { max: 20 }))).toEqual(['REQUIRED']);
    expect(codes((faults) => checkedText(faults, 'name', 'x'.repeat(21), { max: 20 }))).toEqual(['LENGTH']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\0b', { max: 20 }))).toEqual(['INVALID']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\nb', { max: 20 }))).toEqual(['INVALID']);
    expect(codes((faults) => checkedText(faults, 'name', 'a\nb', { max: 20, lines: true }))).toEqual([]);
    expect(codes((faults) => checkedText(faults, 'name', 'a\u001bb', { max: 20, lines: true }))).toEqual([
      'INVALID',
    ]);
  });

  it('knows currencies, time zones and languages', () => {
    expect(checkedCurrency(new Faults(), 'currency', ' chf ')).toBe('CHF');
    expect(codes((faults) => checkedCurrency(faults, 'currency', 'XYZ'))).toEqual(['INVALID']);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', 'Europe/Berlin'))).toEqual([]);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', 'Mars/Olympus'))).toEqual(['INVALID']);
    expect(codes((faults) => checkTimeZone(faults, 'timeZone', '+02:00'))).toEqual(['INVALID']);
    expect(checkedLanguage(new Faults(), 'language', 'pt-br')).toBe('pt-BR');
    expect(codes((faults) => checkedLanguage(faults, 'language', 'no language'))).toEqual(['INVALID']);
    expect(checkedBranchCode(new Faults(), 'code', ' b-1 ')).toBe('B-1');
    expect(codes((faults) => checkedBranchCode(faults, 'code', 'a b'))).toEqual(['INVALID']);
  });

  it.each([
    ['0', 'EUR', []],
    ['0.05', 'CHF', []],
    ['0.005', 'EUR', ['PRECISION']],
    ['0.5', 'JPY', ['PRECISION']],
    ['10', 'JPY', []],
    ['-0.05', 'CHF', ['NEGATIVE']],
    ['1000.01', 'EUR', ['INVALID']],
  ])('a rounding step of %s %s has the faults %j', (step, currency, expected) => {
    expect(codes((faults) => checkRoundingStep(faults, 'step', new Decimal(step), currency))).toEqual(
      expected,
    );
  });
});

describe('roles', () => {
  const scopesOf = (name: string) => expandScopes(DEFAULT_ROLES.find((role) => role.name === name)!.scopes);
  const granter = (role: string) => ({ role, scopes: new Set<string>(scopesOf(role)) });
  const target = (name: string) => ({ name, scopes: scopesOf(name) });

  it('are six, with what the till needs in each', () => {
    expect(DEFAULT_ROLES.map((role) => role.name)).toEqual([
      'owner',
      'admin',
      'manager',
      'cashier',
      'accountant',
      'warehouse',
    ]);
    expect(scopesOf('owner')).toEqual(ALL_SCOPES);
    expect(scopesOf('admin')).toEqual(ALL_SCOPES);
    expect(scopesOf('manager')).toEqual(ALL_SCOPES.filter((scope) => !scope.startsWith('admin:')));
    expect(new Set(scopesOf('cashier'))).toEqual(
      new Set([
        'pos:sell',
        'pos:register',
        'catalog:read',
        'inventory:read',
        'customers:read',
        'customers:write',
        'orders:read',
      ]),
    );
    expect(new Set(scopesOf('warehouse'))).toEqual(
      new Set(['inventory:read', 'inventory:write', 'catalog:read']),
    );
    expect(scopesOf('accountant').every((scope) => scope.endsWith(':read'))).toBe(true);
    expect(scopesOf('accountant')).toEqual(expect.arrayContaining(['reports:read', 'finance:read']));
  });

  it('are handed out only by who may do as much', () => {
    expect(grantError(granter('owner'), target('owner'))).toBeUndefined();
    expect(grantError(granter('admin'), target('owner'))).toBe(
      'Only an owner may do this for the role "owner".',
    );
    expect(grantError(granter('admin'), target('admin'))).toBeUndefined();
    expect(grantError(granter('manager'), target('cashier'))).toBeUndefined();
    expect(grantError(granter('cashier'), target('warehouse'))).toBe(
      'The role "warehouse" has permissions that you do not have: inventory:write.',
    );
    expect(
      grantError(granter('warehouse'), { name: 'till', scopes: ['pos:sell', 'catalog:read', 'orders:read'] }),
    ).toBe('The role "till" has permissions that you do not have: pos:sell, orders:read.');
  });

  it('stay as they are where an organization could not be mended without them', () => {
    const fixed = (name: string, builtIn: boolean) => isFixedRole({ name, builtIn });
    expect(DEFAULT_ROLES.map(({ name }) => name).filter((name) => fixed(name, true))).toEqual([
      'owner',
      'admin',
    ]);
    expect([fixed('admin', false), fixed('shift lead', true)]).toEqual([false, false]);
  });

  it('never let anybody give a scope that they do not have', () => {
    const scopes = fc.uniqueArray(fc.constantFrom(...ALL_SCOPES));
    fc.assert(
      fc.property(scopes, scopes, (own, given) => {
        const fault = grantError({ role: 'some', scopes: new Set(own) }, { name: 'other', scopes: given });
        return (fault === undefined) === given.every((scope) => own.includes(scope));
      }),
    );
  });

  it('expand to known scopes in one order, whatever is stored', () => {
    expect(expandScopes(['orders:read', 'gone:away', 'pos:sell'])).toEqual(['pos:sell', 'orders:read']);
    expect(expandScopes(['*'])).toEqual(ALL_SCOPES);
    expect(expandScopes([])).toEqual([]);
    expect(ALL_SCOPES).toEqual(Object.keys(SCOPES));
  });
});

describe('demo ids', () => {
  it('are UUIDs that name their kind', () => {
    expect(demoId.organization(1)).toBe('0190a000-0000-7000-8000-000000000001');
    expect(demoId.branch(2)).toBe('0190a000-0001-7000-8000-000000000002');
    expect(demoId.user(3)).toBe('0190a000-0002-7000-8000-000000000003');
    expect(demoId.register(1)).toBe('0190a000-000a-7000-8000-000000000001');
    expect(demoId.shipment(12)).toBe('0190a000-0012-7000-8000-000000000012');
    expect(demoIdOf('01', 2)).toBe(demoId.branch(2));
    expect(Object.values(demoId).every((make) => isUuid(make(1)))).toBe(true);
    expect(new Set(Object.values(demoId).map((make) => make(1))).size).toBe(Object.keys(demoId).length);
  });
});
