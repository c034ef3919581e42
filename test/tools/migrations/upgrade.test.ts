/**
 * Upgrades from a release to the next: of each frozen one, and of one that is made here from the present migrations. Its demo shop comes to
 * the newest schema with its books and chains in order, its recorded statements still run there, and its processes still start and sell.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { API_SCHEMA_FILE } from '#gateway/api-schema';
import { contractedFrom } from '#kernel/db/migration-names.rules';
import { applyMigrations, MIGRATIONS_FOLDER, readMigrations } from '#kernel/db/migrate';
import { restoreDatabase } from '#subgraphs/admin/index';
import { contractionsBetween } from '#tools/migrations/contractions.rules';
import { beginMigration } from '#tools/migrations/begin-migration';
import { brokenStatements } from '#tools/migrations/explain-statements';
import { freezeRelease, readRecorded } from '#tools/migrations/freeze-release';
import { frozenReleases, historyErrors, type FrozenRelease } from '#tools/migrations/releases';
import { schemaParts, type SchemaPart } from '#tools/migrations/schema-parts.queries';
import { wholeSchema } from '#tools/migrations/whole-schema';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { asOwner, cloneTemplate, templateDatabase, withDatabase } from '#test/harness/server';

const VERSION = '9.0.0';
const { serverUrl } = templateDatabase();
const log = pino({ level: 'silent' });
const folder = mkdtempSync(path.join(tmpdir(), 'pospro-upgrade-'));
const releases = path.join(folder, 'releases');
/** The present migrations and one that expands. */
const expanded = path.join(folder, 'migrations');
const databases: string[] = [];

async function emptyDatabase(): Promise<string> {
  const name = `pospro_test_${randomBytes(6).toString('hex')}`;
  databases.push(name);
  await asOwner(serverUrl, `create database ${name}`);
  return withDatabase(serverUrl, name);
}

async function partsOf(url: string): Promise<SchemaPart[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return await schemaParts(client);
  } finally {
    await client.end();
  }
}

function addMigration(target: string, name: string, script: string): void {
  mkdirSync(path.join(target, name));
  writeFileSync(path.join(target, name, 'migration.sql'), script);
}

/** Restores the demo shop of a release and brings it to the newest schema. @returns its database, and the lines of the check. */
async function upgrade(
  { demoShop }: FrozenRelease,
  migrationsFolder: string,
): Promise<{ url: string; lines: string[] }> {
  const url = await emptyDatabase();
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const isWhole = await restoreDatabase({ file: demoShop, key: undefined, url, log, say, migrationsFolder });
  expect([isWhole, lines.filter((line) => line.includes('NOT'))]).toEqual([true, []]);
  return { url, lines };
}

afterAll(async () => {
  await asOwner(serverUrl, ...databases.map((name) => `drop database if exists ${name} with (force)`));
  rmSync(folder, { recursive: true, force: true });
});

describe('a release that is frozen here', () => {
  let source: TestPlatform;
  let release: FrozenRelease;
  let upgraded: { url: string; lines: string[] };
  const base = {
    pospro_app: [
      'select id, note from stock_transfers where id = $1',
      'update stock_transfers set note = $1 where id = $2',
      'begin',
      'select 1; reset role',
      'delete from payments where id = $1',
    ],
    pospro_system: ['select from table_of_a_test', 'delete from outbox_events where id = $1'],
  };
  beforeAll(async () => {
    source = await startTestPlatform({ demoDays: 2 });
    const { database, config } = source.services;
    const target = { version: VERSION, folder: releases, recorded: base, database, url: config.databaseUrl! };
    expect(await freezeRelease(target)).toEqual({ recorded: 7, kept: 4 });
    await expect(freezeRelease(target)).rejects.toThrow('9.0.0 is frozen already');
    release = frozenReleases(releases)[0]!;
    cpSync(MIGRATIONS_FOLDER, expanded, { recursive: true });
    addMigration(
      expanded,
      '20991231000000_add_places',
      `create table places (id uuid primary key, organization_id uuid not null, name text not null);
       alter table orders add column place_id uuid, add column is_gift boolean not null default false;
       create index orders_place_id on orders (place_id);
       alter table orders add constraint orders_place_id_fkey foreign key (place_id) references places (id) not valid;
       select pospro_secure_tables();`,
    );
    upgraded = await upgrade(release, expanded);
  }, 180_000);
  afterAll(() => source.stop());

  it('has the statements that its schema has, and its migrations', () => {
    expect(release).toMatchObject({
      version: VERSION,
      statements: {
        pospro_app: [
          'select 1; reset role',
          'select id, note from stock_transfers where id = $1',
          'update stock_transfers set note = $1 where id = $2',
        ],
        pospro_system: ['delete from outbox_events where id = $1'],
      },
    });
    expect(historyErrors([release], [])).toHaveLength(release.migrations.length);
    expect(readFileSync(release.apiSchema, 'utf8')).toBe(readFileSync(API_SCHEMA_FILE, 'utf8'));
  });

  it('comes to the next with its data, and its ledgers and chains are in order', async () => {
    expect(upgraded.lines.join('\n')).toMatch(
      /Ledger of stock: [1-9]\d* balances are the sums of their entries/,
    );
    const client = new Client(upgraded.url);
    await client.connect();
    const { rows } = await client.query<{ orders: number; gifts: number }>(
      'select count(*)::int as orders, count(*) filter (where is_gift)::int as gifts from orders',
    );
    await client.end();
    expect(rows[0]!.orders).toBeGreaterThan(10);
    expect(rows[0]!.gifts).toBe(0);
    expect(await applyMigrations(upgraded.url, { folder: expanded })).toEqual([]);
  });

  it('sends statements that still run on a schema that only expands', async () => {
    const present = await partsOf(source.services.config.databaseUrl!);
    expect(contractionsBetween(present, await partsOf(upgraded.url))).toEqual([]);
    expect(await brokenStatements(upgraded.url, release.statements)).toEqual([]);
  });

  it('goes on with a process that starts on the newer schema, and sells', async () => {
    const former = await startTestPlatform({ env: { DATABASE_URL: upgraded.url } });
    try {
      const login = await former.rest('POST', '/api/v1/auth/login', {
        body: { email: 'admin@pospro.com', password: 'secure123' },
      });
      const { access_token: token } = login.body as { access_token: string };
      const registers = await former.rest('GET', '/api/v1/pos/registers', { token });
      const open = (registers.body as { items: { id: string; session: object | null }[] }).items.find(
        ({ session }) => session,
      )!;
      const { status } = await former.rest('POST', '/api/v1/pos/checkout', {
        token,
        headers: { 'idempotency-key': 'on-the-newer-schema' },
        body: {
          register_id: open.id,
          items: [{ barcode: '123456789', quantity: 1 }],
          payments: [{ method: 'cash', amount: '100.00' }],
        },
      });
      expect(status).toBe(201);
    } finally {
      await former.stop();
    }
  });

  it.each([
    ['alter table stock_transfers drop column note cascade', 'The column stock_transfers.note is gone.', 2],
    ['alter table stock_transfers rename to journeys', 'The table stock_transfers is gone.', 2],
    [`alter table stock_transfers add column place text not null default ''; alter table stock_transfers alter column place drop default`,
      'The column stock_transfers.place is new, and an insert must name it.', 0],
    ['alter table stock_transfers alter column note set not null', 'The column stock_transfers.note must not be null now.', 0],
    ['alter table brands alter column version drop default', 'The column brands.version has no default now.', 0],
    ['alter table stock_receipts alter column note type varchar(500)', 'The type of the column stock_receipts.note is changed.', 0],
    ['create unique index transfer_note on stock_transfers (note)', 'The index transfer_note is new on rows that the former release writes.', 0],
    ['alter table stock_transfers add constraint short_note check (length(note) < 900) not valid',
      'The constraint stock_transfers.short_note is new on rows that the former release writes.', 0],
    ['revoke select on stock_transfers from pospro_app', 'The right stock_transfers pospro_app SELECT is gone.', 2],
  ])('would not survive: %s', async (statement, contraction, broken) => {
    const name = `pospro_test_${randomBytes(6).toString('hex')}`;
    databases.push(name);
    await cloneTemplate(templateDatabase(), name);
    const url = withDatabase(serverUrl, name);
    const before = await partsOf(url);
    await asOwner(url, statement);
    expect(contractionsBetween(before, await partsOf(url))).toContain(contraction);
    expect(await brokenStatements(url, release.statements)).toHaveLength(broken);
  }); // prettier-ignore
});

it('statements are recorded by role, once each', () => {
  const recorded = path.join(folder, 'recorded');
  mkdirSync(recorded);
  const lines = [['pospro_app', 'select 1'], ['pospro_app', 'select 2'], ['pospro_system', 'select 1']];
  writeFileSync(path.join(recorded, '1.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(path.join(recorded, '2.jsonl'), `${JSON.stringify(lines[0])}\n`);
  expect(readRecorded(recorded)).toEqual({ pospro_app: ['select 1', 'select 2'], pospro_system: ['select 1'] });
}); // prettier-ignore

it('a new migration begins with the difference of the tables', async () => {
  const target = path.join(folder, 'begun');
  cpSync(MIGRATIONS_FOLDER, target, { recursive: true });
  addMigration(target, '20991231000000_drop_note', 'alter table stock_transfers drop column note cascade;');
  await expect(beginMigration('Add Note', target)).rejects.toThrow('"Add Note" is not a name');
  const file = await beginMigration('add_note', target);
  expect(file).toMatch(/\d{14}_add_note\/migration\.sql$/);
  const script = readFileSync(file, 'utf8');
  expect(script).toContain('ALTER TABLE "stock_transfers" ADD COLUMN     "note" TEXT');
  expect(script).toContain('select pospro_secure_tables();');
}, 120_000);

it('the migrations make the schema of prisma/schema and prisma/sql', async () => {
  const url = await emptyDatabase();
  await asOwner(url, (await wholeSchema()).text);
  const made = await partsOf(withDatabase(serverUrl, templateDatabase().name));
  expect(made.length).toBeGreaterThan(2_000);
  expect(made).toEqual(await partsOf(url));
});

// None is frozen before the first release.
const frozen = frozenReleases();
if (frozen.length > 0)
  describe('the frozen releases', () => {
    it('have migrations that are still as they were', () => {
      expect(historyErrors(frozen, readMigrations())).toEqual([]);
    });

    it.each(frozen)(
      '$version comes to the newest schema with its demo shop',
      async (release) => {
        await upgrade(release, MIGRATIONS_FOLDER);
      },
      180_000,
    );

    it('the newest sends statements that still run, and loses only what its version allows', async () => {
      const newest = frozen.at(-1)!;
      const present = withDatabase(serverUrl, templateDatabase().name);
      expect(await brokenStatements(present, newest.statements)).toEqual([]);
      const url = await emptyDatabase();
      const known = new Set(newest.migrations.map(({ name }) => name));
      await applyMigrations(url, { only: ({ name }) => known.has(name) });
      const before = await partsOf(url);
      await applyMigrations(url, { only: ({ name }) => contractedFrom(name) === undefined });
      expect(contractionsBetween(before, await partsOf(url))).toEqual([]);
    });
  });
