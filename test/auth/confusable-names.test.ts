/** Names by which people tell roles, keys and places apart: nothing in them is invisible, and no two roles look alike. */
import { createApiKey } from '#subgraphs/auth/api-keys';
import { createBranch } from '#subgraphs/auth/branches';
import { createRole, updateRole } from '#subgraphs/auth/roles';
import { createBrand } from '#subgraphs/catalog/brands/brands';
import { createCategory } from '#subgraphs/catalog/categories/categories';
import { createTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { createPriceList } from '#subgraphs/catalog/prices/price-lists';
import { createUnit } from '#subgraphs/catalog/products/units';
import { createWarehouse } from '#subgraphs/inventory/warehouses/warehouses';
import { createRegister } from '#subgraphs/registers/register/registers';
import { Decimal } from '#kernel/decimal';
import { nameErrors } from '#kernel/validation';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
});
afterAll(() => db.close());

/** Zero-width space, non-joiner, joiner and no-break space, soft hyphen, word joiner, marks of direction, fillers, a tag. */
const UNSEEN = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u00ad',
  '\u2060',
  '\u200e',
  '\u202e',
  '\u2066',
  '\u115f',
  '\u3164',
  '\u2800',
  '\u180e',
  '\u{e0041}',
  '\u0000',
  '\u001b',
  '\u0085',
];

describe('a name with an invisible character', () => {
  it.each(UNSEEN.map((sign) => [sign.codePointAt(0)!.toString(16), sign]))(
    '%s is refused everywhere',
    async (_, sign) => {
      const name = `Ma${sign}in`;
      const { ctx } = owner;
      const attempts = {
        role: () => createRole(ctx, { name, permissions: [] }),
        key: () => createApiKey(ctx, { name, permissions: ['catalog:read'] }),
        branch: () => createBranch(ctx, { name }),
        register: () => createRegister(ctx, { name, code: 'X1', branchId: owner.branchId }),
        warehouse: () => createWarehouse(ctx, { name, code: 'X1' }),
      };
      for (const attempt of Object.values(attempts)) {
        await expect(attempt()).rejects.toMatchObject({
          code: 'VALIDATION_FAILED',
          errors: [{ field: 'name' }],
        });
      }
      // The catalogue makes blanks of control characters.
      if (/\p{Cc}/u.test(sign)) return;
      const rate = new Decimal(7);
      for (const attempt of [
        () => createTaxClass(ctx, { name, code: 'x1', rate }),
        () => createCategory(ctx, { name }),
        () => createBrand(ctx, { name }),
        () => createPriceList(ctx, { name }),
        () => createUnit(ctx, { code: 'x1', name, quantityPlaces: 0 }),
      ]) {
        await expect(attempt()).rejects.toMatchObject({
          code: 'VALIDATION_FAILED',
          errors: [{ field: 'name', code: 'INVISIBLE' }],
        });
      }
    },
  );

  it('may have invisible characters with a visible effect: joiners of a script, and the parts of an emoji', () => {
    for (const name of [
      '\u06a9\u062a\u0627\u0628\u200c\u0647\u0627',
      '\u0915\u094d\u200d\u0937',
      '👩\u200d🌾 farm',
      '❤\ufe0f',
      'Café',
    ]) {
      expect(nameErrors('name', name, { max: 40 })).toEqual([]);
    }
  });
});

describe('a role', () => {
  it.each([
    ['Cyrillic', '\u0441ashier'],
    ['Greek', 'c\u03b1shier'],
    ['full width', '\uff43\uff41\uff53\uff48\uff49\uff45\uff52'],
    ['capitals', 'CASHIER'],
    ['mathematical letters', '\u{1d41c}ashier'],
    ['blanks at the ends', '\u00a0cashier '],
    ['a small l for an i', 'cash\u0131er'],
    ['rn for m', 'rnanager'],
    ['a digit', 'acc0untant'],
  ])('does not look like another: %s', async (_, name) => {
    const taken = { code: 'ALREADY_EXISTS', errors: [{ field: 'name', code: 'TAKEN' }] };
    await expect(createRole(owner.ctx, { name, permissions: [] })).rejects.toMatchObject(taken);
    const role = await createRole(owner.ctx, {
      name: `shift lead ${owner.ctx.ids.next()}`.slice(0, 40),
      permissions: [],
    });
    await expect(updateRole(owner.ctx, role.id, { name })).rejects.toMatchObject(taken);
    await updateRole(owner.ctx, role.id, { name: role.name.toUpperCase() });
  });

  it('is created once if two concurrent names look alike', async () => {
    const names = ['stock keeper', 'st\u043eck keeper', 'stock k\u0435\u0435per'];
    const made = await Promise.allSettled(
      names.map((name) => createRole(owner.ctx, { name, permissions: [] })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
