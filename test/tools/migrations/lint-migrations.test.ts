/** The rules of migrations after the first release, as `npm run db:migration -- --check` applies them. */
import { lintMigration } from '#tools/migrations/lint-migrations';
import { historyErrors, unreleasedMigrations, type FrozenRelease } from '#tools/migrations/releases';

const lint = (script: string, name = '20270101000000_change') => lintMigration({ name, script });

describe('a migration that contracts', () => {
  it.each([
    [
      'alter table orders drop column note;',
      'ban-drop-column',
      'drop it in a migration "contract_from_" of the next',
    ],
    [
      'alter table orders add column place text not null;',
      'adding-required-field',
      'the former release inserts without it',
    ],
    ['alter table orders rename to sales;', 'renaming-table', 'drop the old name in the next release'],
    ['alter table orders rename column note to remark;', 'renaming-column', 'Add a column, write both'],
    ['drop table parked_baskets;', 'ban-drop-table', 'Stop using the table in this release'],
    [
      'alter table orders alter column note type varchar(9);',
      'changing-column-type',
      'Add a column of the new type',
    ],
    [
      'alter table orders alter column note set not null;',
      'adding-not-nullable-field',
      'of the next release',
    ],
  ])('is rejected with its line, the rule and the way round: %s', (statement, rule, way) => {
    const [error, ...others] = lint(`select 1;\n${statement}\n`);
    expect(others).toEqual([]);
    expect(error).toContain('20270101000000_change, line 2: ');
    expect(error).toContain(`(${rule})`);
    expect(error).toContain(way);
  });

  it('may drop what the former release does not use, under the name of a contraction, and still may not rename', () => {
    const name = '20270101000000_contract_from_0_3_0_drop_note';
    expect(lint('alter table orders drop column note;\ndrop table parked_baskets;', name)).toEqual([]);
    expect(lint('alter table orders rename column note to remark;', name)).toHaveLength(1);
  });
});

it('a key or constraint that locks a table while its rows are checked is rejected, and one that does not is fine', () => {
  const key = 'alter table orders add constraint orders_place foreign key (place) references branches (id)';
  expect(lint(`${key};`).join()).toContain('(adding-foreign-key-constraint)');
  expect(lint(`${key} not valid;`)).toEqual([]);
});

it('a migration that expands is fine', () => {
  const script = [
    'create table notices (id uuid primary key, organization_id uuid not null, text text not null);',
    'create index notices_organization_id on notices (organization_id);',
    'alter table orders add column place text;',
    'alter table orders add column is_gift boolean not null default false;',
    'create index orders_place on orders (place);',
    'select pospro_secure_tables();',
  ].join('\n');
  expect(lint(script)).toEqual([]);
});

describe('the list of migrations', () => {
  const migration = (name: string, checksum = name) => ({ name, checksum, script: '' });
  const releaseOf = (version: string, ...names: string[]): FrozenRelease => ({
    version,
    migrations: names.map((name) => migration(name)),
    statements: {},
    demoShop: '',
    apiSchema: '',
  });
  const init = '20261122000000_init';
  const note = '20270101000000_add_note';
  const releases = [releaseOf('0.2.0', init), releaseOf('0.3.0', init, note)];
  const contraction = migration('20270301000000_contract_from_0_3_0_drop_note');

  it('has the frozen ones unchanged, and new ones after them', () => {
    const migrations = [migration(init), migration(note), contraction];
    expect(historyErrors(releases, migrations)).toEqual([]);
    expect(unreleasedMigrations(releases, migrations)).toEqual([contraction]);
    expect(historyErrors([], [migration(init)])).toEqual([]);
  });

  it.each([
    ['an edited one', [migration(init, 'other'), migration(note)], `${init} is not as it was released with 0.3.0`],
    ['a missing one', [migration(init)], `${note} is not as it was released with 0.3.0`],
    ['one in between', [migration(init), migration('20261231000000_late'), migration(note)], 'give it a later time'],
    ['one that contracts from a version that is not frozen',
      [migration(init), migration(note), migration('20270301000000_contract_from_0_4_0_drop_note')], 'works from 0.4.0, which is not a frozen release: 0.2.0, 0.3.0'],
    ['one that contracts from no version', [migration(init), migration(note), migration('20270301000000_contract_note')], 'has no version'],
  ])('is rejected with %s', (_, migrations, message) => {
    expect(historyErrors(releases, migrations)).toEqual([expect.stringContaining(message) as string]);
  }); // prettier-ignore
});
