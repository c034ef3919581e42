import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync, appendFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { applyMigrations, MIGRATIONS_FOLDER, readMigrations } from '#kernel/db/migrate';
import { partitionTables } from '#tools/migrations/partition-ddl';
import { eventually } from '#test/harness/patience';
import { asOwner, templateDatabase, withDatabase } from '#test/harness/server';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '../../..');

/** Runs the Prisma CLI. @returns what it printed and its exit code. */
async function prisma(url: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const cli = path.join(ROOT, 'node_modules/prisma/build/index.js');
  const options = { cwd: ROOT, env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: '' } };
  return run(process.execPath, [cli, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

describe('migrations', () => {
  const { serverUrl } = templateDatabase();
  const names = readMigrations().map((migration) => migration.name);
  const databases: string[] = [];
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-migrations-'));
  beforeAll(() => cpSync(MIGRATIONS_FOLDER, folder, { recursive: true }));
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await asOwner(serverUrl, ...databases.map((name) => `drop database if exists ${name} with (force)`));
  });

  async function emptyDatabase(): Promise<string> {
    const name = `pospro_migrate_${randomBytes(6).toString('hex')}`;
    databases.push(name);
    await asOwner(serverUrl, `create database ${name}`);
    return withDatabase(serverUrl, name);
  }

  async function query(url: string, text: string): Promise<unknown[]> {
    const client = new Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it('are applied to an empty database once, and Prisma agrees that nothing is pending', async () => {
    const url = await emptyDatabase();
    expect(await applyMigrations(url)).toEqual(names);
    expect(await applyMigrations(url)).toEqual([]);
    const status = await prisma(url, 'migrate', 'status');
    expect(status).toMatchObject({
      code: 0,
      output: expect.stringContaining('Database schema is up to date') as string,
    });
    const deploy = await prisma(url, 'migrate', 'deploy');
    expect(deploy).toMatchObject({
      code: 0,
      output: expect.stringContaining('No pending migrations to apply') as string,
    });
    // Otherwise the next `migrate dev` would drop what only the SQL files know.
    const diff = await prisma(
      url,
      'migrate',
      'diff',
      '--from-config-datasource',
      '--to-schema',
      'prisma/schema',
      '--exit-code',
    );
    expect(diff).toMatchObject({
      code: 0,
      output: expect.stringContaining('No difference detected') as string,
    });
  }, 120_000);

  it('that Prisma has applied are known here', async () => {
    const url = await emptyDatabase();
    const deploy = await prisma(url, 'migrate', 'deploy');
    expect(deploy).toMatchObject({
      code: 0,
      output: expect.stringContaining('successfully applied') as string,
    });
    expect(await applyMigrations(url)).toEqual([]);
  });

  it('are applied once by processes that start together', async () => {
    const url = await emptyDatabase();
    const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(url)));
    expect(applied.flat()).toEqual(names);
    expect(await query(url, 'select migration_name, applied_steps_count from _prisma_migrations')).toEqual(
      names.map((name) => ({ migration_name: name, applied_steps_count: 1 })),
    );
  });

  it('are refused where a file was edited after it had been applied, or is missing', async () => {
    const url = await emptyDatabase();
    await applyMigrations(url, { folder });
    appendFileSync(path.join(folder, names[0]!, 'migration.sql'), '-- edited\n');
    await expect(applyMigrations(url, { folder })).rejects.toThrow(
      `${names[0]} was changed after it had been applied`,
    );
    rmSync(path.join(folder, names[0]!), { recursive: true });
    await expect(applyMigrations(url, { folder })).rejects.toThrow(
      `has the migration ${names[0]} and not the first one of this version`,
    );
    cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
    expect(await applyMigrations(url, { folder })).toEqual([]);
  });

  it('of a newer version are fine if they expand, and if this version is not older than a contraction allows', async () => {
    const url = await emptyDatabase();
    await applyMigrations(url);
    const newer = ['20991231000000_add_note', '20991231000001_contract_from_0_9_0_drop_note'];
    for (const name of newer)
      await query(
        url,
        `insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('${name.slice(0, 14)}', '', '${name}', now())`,
      );
    const warned: (readonly string[])[] = [];
    const start = (version: string) =>
      applyMigrations(url, { version, onNewer: (found) => void warned.push(found) });
    expect(await start('0.9.0')).toEqual([]);
    expect(await start('0.10.0')).toEqual([]);
    expect(warned).toEqual([newer, newer]);
    await expect(start('0.8.12')).rejects.toThrow(
      `The database has the migration ${newer[1]}: it is newer than the code, and works with PosPro 0.9.0 and newer only. This is PosPro 0.8.12.`,
    );
    await query(url, `update _prisma_migrations set finished_at = null where migration_name = '${newer[0]}'`);
    await expect(start('0.9.0')).rejects.toThrow(`The migration ${newer[0]} failed earlier.`);
  });

  it('give way after two seconds to a transaction that uses their table, and are applied when it ends', async () => {
    const url = await emptyDatabase();
    await applyMigrations(url);
    const added = path.join(folder, '20991231000000_add_note');
    mkdirSync(added);
    writeFileSync(path.join(added, 'migration.sql'), 'alter table branches add column extra_note text;\n');
    const report = new Client(url);
    await report.connect();
    try {
      await report.query('begin; select count(*) from branches');
      const applying = applyMigrations(url, { folder });
      const isWaiting = async () =>
        (await query(url, `select from pg_locks where not granted and relation = 'branches'::regclass`))
          .length === 1;
      await eventually(isWaiting);
      // Behind the change, all others wait.
      await eventually(async () => !(await isWaiting()));
      expect(await query(url, 'select count(*)::int from branches')).toEqual([{ count: 0 }]);
      await report.query('commit');
      expect(await applying).toEqual(['20991231000000_add_note']);
    } finally {
      await report.end();
      rmSync(added, { recursive: true });
    }
  });

  it('leave nothing behind where one fails, and say where', async () => {
    const url = await emptyDatabase();
    const broken = path.join(folder, '20991231000000_broken');
    mkdirSync(broken);
    writeFileSync(
      path.join(broken, 'migration.sql'),
      'create table half_done (id int);\nselect nothing from nowhere;\n',
    );
    await expect(applyMigrations(url, { folder })).rejects.toThrow(
      'The migration 20991231000000_broken failed and was rolled back: relation "nowhere" does not exist (line 2 of its file).',
    );
    expect(await query(url, `select to_regclass('half_done') as name`)).toEqual([{ name: null }]);
    rmSync(broken, { recursive: true });
    expect(await applyMigrations(url, { folder })).toEqual([]);
  });

  it('need no superuser: the owner of the database is enough, if the roles may be granted to it', async () => {
    const url = await emptyDatabase();
    const owner = `owner_${randomBytes(6).toString('hex')}`;
    const name = new URL(url).pathname.slice(1);
    await asOwner(
      url,
      `create role ${owner} login createrole password 'secret'`,
      `grant pospro_app, pospro_vendor, pospro_system to ${owner}`,
      `alter database ${name} owner to ${owner}`,
      `alter schema public owner to ${owner}`,
    );
    try {
      const ownUrl = new URL(url);
      ownUrl.username = owner;
      ownUrl.password = 'secret';
      expect(await applyMigrations(ownUrl.href)).toEqual(names);
      expect(await query(ownUrl.href, 'select pospro_ensure_partitions() as made')).toEqual([{ made: 0 }]);
    } finally {
      await asOwner(serverUrl, `drop database if exists ${name} with (force)`, `drop role ${owner}`);
    }
  });
});

describe('partitions', () => {
  const ddl = [
    'CREATE TABLE "orders" (\n    "id" UUID NOT NULL,\n    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")\n);',
    'CREATE TABLE "lines" (\n    "id" UUID NOT NULL,\n    "order_id" UUID NOT NULL,\n    CONSTRAINT "lines_pkey" PRIMARY KEY ("order_id","id")\n);',
    'CREATE INDEX "orders_x" ON "orders"("x");',
  ].join('\n\n');

  it('are made of the tables that are listed and there, by the best key that all unique indexes have', () => {
    const tables = [
      { table: 'orders', keys: ['id'] },
      { table: 'lines', keys: ['parent_id', 'order_id'] },
      { table: 'absent', keys: ['id'] },
    ];
    const result = partitionTables(ddl, '', tables);
    expect(result.warnings).toEqual([]);
    expect(result.ddl).toContain(
      ') PARTITION BY RANGE ("id");\n\nCREATE TABLE "orders_default" PARTITION OF "orders" DEFAULT;',
    );
    expect(result.ddl).toContain(') PARTITION BY RANGE ("order_id");');
  });

  it('are refused where something must be unique across months', () => {
    const sql =
      'create unique index orders_number on orders (organization_id, number) where number is not null;';
    const result = partitionTables(ddl, sql, [{ table: 'orders', keys: ['id'] }]);
    expect(result).toEqual({
      ddl,
      warnings: [
        'orders is not partitioned: (organization_id, number) must be unique, and do not contain id.',
      ],
    });
  });
});
