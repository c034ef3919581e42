/** The lists of columns that statements take from the Prisma schema, held against the database that was migrated from it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Table } from '#kernel/db/table';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { testDatabase, type TestDatabase } from '#test/harness/database';

interface Item {
  id: string;
  unitPrice: Decimal;
  note: string | null;
  tags: string[];
}
type NewItem = Omit<Item, 'unitPrice' | 'note'> & Partial<Pick<Item, 'unitPrice' | 'note'>>;
const items = new Table<Item, NewItem>('items', {
  id: ['id', 'uuid'],
  unitPrice: ['unit_price', 'numeric', 0],
  note: ['note', 'text', null],
  tags: ['tags', 'text[]'],
});

describe('a table', () => {
  it('writes its lists in the order of the schema', () => {
    expect(items.columns.text).toBe('id, unit_price, note, tags');
    expect(items.select('i').text).toBe('i.id, i.unit_price, i.note, i.tags');
    expect(items.values('d').text).toBe('d.id, d."unitPrice", d.note, d.tags');
    expect(items.definitions.text).toBe('id uuid, "unitPrice" numeric, note text, tags text[]');
    expect(items.excluded.text).toBe(
      'id = excluded.id, unit_price = excluded.unit_price, note = excluded.note, tags = excluded.tags',
    );
  });

  it('is told in part, by what is wanted or by what is not', () => {
    expect(items.pick('note', 'id').columns.text).toBe('id, note');
    expect(items.omit('note', 'id').select('i').text).toBe('i.unit_price, i.tags');
  });

  it('completes a row by its defaults, and leaves out what is no column', () => {
    const given = { id: '1', tags: ['a'], note: undefined, more: true };
    expect(items.complete(given as unknown as NewItem)).toEqual({ id: '1', unitPrice: new Decimal(0), note: null, tags: ['a'] });
    expect(items.complete({ id: '1', tags: [], unitPrice: new Decimal(2), note: 'x' })).toEqual({ id: '1', unitPrice: new Decimal(2), note: 'x', tags: [] });
  }); // prettier-ignore
});

it('writes one row as parameters, in the order of the columns', () => {
  const insert = items.insert({ id: '1', tags: ['a'] });
  expect(insert.text).toBe('insert into items (id, unit_price, note, tags) values ($1, $2, $3, $4)');
  expect(insert.values).toEqual(['1', new Decimal(0), null, ['a']]);
  const part = items.omit('tags').parameters({ id: '1' });
  expect([part.text, part.values]).toEqual(['$1, $2, $3', ['1', new Decimal(0), null]]);
  const documents = new Table<{ body: unknown }>('documents', { body: ['body', 'jsonb', null] });
  expect(documents.insert({ body: [1] }).values).toEqual(['[1]']);
  expect(documents.insert({ body: null }).values).toEqual([null]);
});

it('writes many rows as JSON, without their nulls', () => {
  const insert = items.insertMany([
    { id: '1', tags: ['a'] },
    { id: '2', tags: [], note: 'x"y', unitPrice: new Decimal('0.5') },
  ]);
  expect(insert.text.replace(/\s+/g, ' ').trim()).toBe(
    'insert into items (id, unit_price, note, tags) select x.id, x."unitPrice", x.note, x.tags ' +
      'from jsonb_to_recordset($1::jsonb) as x (id uuid, "unitPrice" numeric, note text, tags text[])',
  );
  expect(insert.values).toEqual([
    '[{"id":"1","unitPrice":"0","tags":["a"]},{"id":"2","unitPrice":"0.5","note":"x\\"y","tags":[]}]',
  ]);
  const completed = items.insertMany([{ id: '3', note: 'given' }], ({ id }) => ({
    tags: [id],
    note: 'more',
  }));
  expect(completed.values).toEqual(['[{"id":"3","unitPrice":"0","note":"more","tags":["3"]}]']);
});

it('sets what is given, and nothing else', () => {
  const changes = items.set({ note: null, unitPrice: new Decimal(2), tags: undefined });
  expect([changes.text, changes.values]).toEqual(['note = $1, unit_price = $2', [null, new Decimal(2)]]);
});

/** All tables of all domains. */
async function tables(): Promise<Table<object>[]> {
  const root = path.resolve(__dirname, '../../..');
  const folders = [
    'kernel/db',
    ...readdirSync(path.join(root, 'subgraphs')).map((name) => `subgraphs/${name}`),
  ];
  const files = folders.map((folder) => path.join(root, folder, 'tables.generated.ts')).filter(existsSync);
  const modules = await Promise.all(files.map((file) => import(file) as Promise<Record<string, unknown>>));
  return modules.flatMap(Object.values).filter((value): value is Table<object> => value instanceof Table);
}

describe('the generated tables', () => {
  let db: TestDatabase;
  beforeAll(async () => (db = await testDatabase()));
  afterAll(() => db.close());

  it('are those of the database, with all of their columns and types', async () => {
    // Transaction numbers (xid8) are a type that Prisma's schema cannot name; statements write them by hand.
    const rows = await db.services.database.system.many<{ name: string; columns: string[] }>(sql`
      select c.relname as name, array_agg(format('%s %s', a.attname, format_type(a.atttypid, null))) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname not like '\\_prisma%' and a.atttypid <> 'xid8'::regtype
      group by c.relname`);
    const theirs = rows.map(({ name, columns }) => [
      name,
      columns.map((column) => column.replace(/ character( varying)?$/, ' text')).sort(),
    ]);
    const names: Readonly<Record<string, string>> = {
      int: 'integer',
      timestamptz: 'timestamp with time zone',
    };
    const ours = (await tables()).map((table) => {
      const columns = table.columns.text.split(', ');
      const types = table.definitions.text
        .split(', ')
        .map((definition) => definition.slice(definition.lastIndexOf(' ') + 1));
      return [
        table.name,
        columns.map((column, index) => `${column} ${names[types[index]!] ?? types[index]}`).sort(),
      ];
    });
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });
});

/** Inserts that name their columns, since they compute most of the values or write a column that the Prisma schema cannot name. */
const BY_HAND = [
  'kernel/db/migrate.ts _prisma_migrations',
  'subgraphs/auth/branches.ts branches',
  'subgraphs/auth/two-factor.ts recovery_codes',
  'subgraphs/customers/credit/settle-account.ts customer_credit_allocations',
  'subgraphs/customers/groups/group-members.ts customer_group_members',
  'subgraphs/customers/merge/merge-customer-records.ts customer_group_members',
  'subgraphs/marketing/loyalty/points-ledger.ts loyalty_lot_uses',
  'subgraphs/marketing/uses/discounts-part.ts customer_uses',
  'subgraphs/marketing/uses/take-uses.ts customer_uses',
  'subgraphs/orders/customers/domain-parts.ts order_day_customers',
  'subgraphs/orders/order/insert-order.ts order_references',
  'subgraphs/payments/payments.ts payment_attempts',
];

it('no other statement lists the columns of a table that it writes whole rows of', () => {
  const root = path.resolve(__dirname, '../../..');
  const files = ['kernel', 'subgraphs'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  );
  const found = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.generated.ts')).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const inserts = [...text.matchAll(/insert into (\w+)(?: as \w+)? \(((?:\s*\w+,){3,}\s*\w+\s*)\)/g)];
    return inserts.map(([, table]) => `${file.replaceAll('\\', '/')} ${table}`);
  }); // prettier-ignore
  expect(found.sort()).toEqual(BY_HAND);
});
