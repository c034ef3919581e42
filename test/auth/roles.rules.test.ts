import fc from 'fast-check';
import { ALL_SCOPES, SCOPES, expandScopes } from '#kernel/auth/scopes';
import { DEFAULT_ROLES, grantError, isFixedRole, scopesOfUser } from '#subgraphs/auth/roles.rules';

describe('roles', () => {
  const scopesOf = (name: string) => expandScopes(DEFAULT_ROLES.find((role) => role.name === name)!.scopes);
  const granter = (role: string) => ({ role, scopes: new Set<string>(scopesOf(role)) });
  const target = (name: string) => ({ name, scopes: scopesOf(name) });

  it('are seven, with what the till needs in each', () => {
    expect(DEFAULT_ROLES.map((role) => role.name)).toEqual([
      'owner',
      'admin',
      'manager',
      'cashier',
      'accountant',
      'warehouse',
      'vendor',
    ]);
    expect(scopesOf('vendor')).toEqual(['vendor:own']);
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
        'marketing:read',
      ]),
    );
    expect(new Set(scopesOf('warehouse'))).toEqual(
      new Set(['inventory:read', 'inventory:write', 'catalog:read']),
    );
    // An accountant changes one thing: a filing period, which is closed.
    expect(scopesOf('accountant').filter((scope) => !scope.endsWith(':read'))).toEqual(['finance:write']);
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

  it('give the permission of vendors to their users alone, and nothing else to them', () => {
    expect(scopesOfUser(['*'], null)).toEqual(ALL_SCOPES);
    expect(scopesOfUser(['vendor:own', 'pos:sell'], null)).toEqual(['pos:sell']);
    expect(scopesOfUser(['vendor:own', 'pos:sell'], 'some vendor')).toEqual(['vendor:own']);
    expect(scopesOfUser(['*'], 'some vendor')).toEqual([]);
    expect(grantError(granter('admin'), target('vendor'))).toBeUndefined();
  });

  it('stay as they are where an organization could not be mended without them', () => {
    const fixed = (name: string, builtIn: boolean) => isFixedRole({ name, builtIn });
    expect(DEFAULT_ROLES.map(({ name }) => name).filter((name) => fixed(name, true))).toEqual([
      'owner',
      'admin',
      'vendor',
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
    expect(ALL_SCOPES).toEqual(Object.keys(SCOPES).filter((scope) => scope !== 'vendor:own'));
    expect(expandScopes(['pos:sell', 'vendor:own'])).toEqual(['pos:sell', 'vendor:own']);
  });
});
