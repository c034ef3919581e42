/** How the platform signs in, on a cluster of its own: roles belong to the whole server. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { openDatabase } from '#kernel/db/open-database';
import { sql, type Database } from '#kernel/db/database';
import { startEmbedded, type EmbeddedDatabase } from '#kernel/db/embedded/index';
import { sqlState } from '#kernel/db/pg-errors';
import { MightyRoleError, prepareLogins } from '#kernel/db/logins';
import { applyMigrations } from '#kernel/db/migrate';
import { asOwner, withDatabase } from '#test/harness/server';
import { otherPostgres, startOtherPostgres } from '#test/harness/other-postgres';

let dataDir: string;
let server: EmbeddedDatabase;
const lines: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-logins-'));
  chmodSync(dataDir, 0o755);
  server = await startEmbedded({ dataDir, log, fast: true });
  await applyMigrations(server.url);
  // No database of the server is cloned while somebody is connected to it.
  await asOwner(withDatabase(server.url, 'postgres'), 'create database second template pospro');
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => void (lines.length = 0));

async function opened<Result>(url: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase({ url, poolSize: 2, log });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const users = sql`select session_user::text as session, current_user::text as current`;
const usersOf = (database: Database) =>
  Promise.all(
    [database.forOrganization(undefined), database.replicaForOrganization(undefined), database.system].map(
      (one) => one.one(users),
    ),
  );
const OWN = ['pospro_app', 'pospro_app', 'pospro_system'].map((name) => ({ session: name, current: name }));

it('is given to the roles by processes that start together, in one database and in others', async () => {
  const urls = [
    server.url,
    server.url,
    withDatabase(server.url, 'second'),
    withDatabase(server.url, 'second'),
  ];
  const logins = await Promise.all(urls.map((url) => prepareLogins(url, log)));
  expect(logins.map(({ own }) => own)).toEqual([true, true, true, true]);
  expect(new Set(logins.map(({ password }) => password)).size).toBe(1);
  expect(lines).toEqual([]);
  expect(await opened(server.url, usersOf)).toEqual(OWN);
});

it('uses a password that the server knows a verifier of, and that is not the one of the owner', async () => {
  await prepareLogins(server.url, log);
  const client = new Client(server.url);
  await client.connect();
  const { rows } = await client.query<{ rolpassword: string }>(`select rolpassword from pg_authid where rolname like 'pospro\\_%' order by rolname`);
  await client.end();
  expect(rows.map(({ rolpassword }) => rolpassword.split(':')[0]!.split('$').slice(0, 2))).toEqual(Array(3).fill(['SCRAM-SHA-256', '4096']));
  const asApp = new URL(server.url);
  asApp.username = 'pospro_app';
  expect(await asOwner(asApp.href, 'select 1').catch(sqlState)).toBe('28P01');
}); // prettier-ignore

it('leaves no connection of the owner behind', async () => {
  const found = await opened(server.url, async (database) => {
    await usersOf(database);
    return database.system.many(sql`select distinct usename::text as name from pg_stat_activity where datname = current_database() order by 1`);
  });
  expect(found).toEqual([{ name: 'pospro_app' }, { name: 'pospro_system' }]);
}); // prettier-ignore

it('takes temporary tables away, which would stand before ours', async () => {
  await asOwner(server.url, 'grant temporary on database pospro to public');
  const made = opened(server.url, (database) => database.forOrganization(undefined).run(sql`create temporary table orders (id int)`));
  expect(await made.catch(sqlState)).toBe('42501');
}); // prettier-ignore

it('is mended at the next start, where somebody has changed a password or taken the login away', async () => {
  await prepareLogins(server.url, log);
  await asOwner(server.url, `alter role pospro_app password 'stolen'`, 'alter role pospro_system nologin');
  expect(await opened(server.url, usersOf)).toEqual(OWN);
  expect(lines).toEqual([]);
});

it('refuses to start with a role that row-level security does not bind', async () => {
  await prepareLogins(server.url, log);
  for (const [make, undo] of [
    ['alter role pospro_app bypassrls', 'alter role pospro_app nobypassrls'],
    ['alter role pospro_system superuser', 'alter role pospro_system nosuperuser'],
    ['grant pg_read_all_data to pospro_app', 'revoke pg_read_all_data from pospro_app'],
  ] as const) {
    await asOwner(server.url, make);
    await expect(prepareLogins(server.url, log)).rejects.toThrow(MightyRoleError);
    await asOwner(server.url, undo);
  }
});

it('goes on under "set role", and says so, where the user of the URL may not give logins', async () => {
  await asOwner(
    server.url,
    `create role plain login password 'plain'`,
    'grant pospro_app, pospro_vendor, pospro_system to plain',
  );
  const url = new URL(server.url);
  url.username = 'plain';
  url.password = 'plain';
  const plain = ['pospro_app', 'pospro_app', 'pospro_system'].map((current) => ({
    session: 'plain',
    current,
  }));
  expect(await opened(url.href, usersOf)).toEqual(plain);
  expect(lines).toEqual([expect.stringContaining('the database roles cannot sign in')]);
  // A pooler that keeps nothing between transactions.
  expect(await opened(`${url.href}?pgbouncer=true`, usersOf)).toEqual(plain);
});

it('answers UNAVAILABLE where the server is away', async () => {
  const url = new URL(server.url);
  url.port = '1';
  await expect(openDatabase({ url: url.href, poolSize: 2, log })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});

const programs = otherPostgres();
(programs ? it : it.skip)('works without any password, where the server trusts its clients', async () => {
  const other = await startOtherPostgres(programs!);
  try {
    expect(await opened(withDatabase(other.template.serverUrl, other.template.name), usersOf)).toEqual(OWN);
    expect(lines).toEqual([]);
  } finally {
    await other.stop();
  }
}, 60_000); // prettier-ignore
