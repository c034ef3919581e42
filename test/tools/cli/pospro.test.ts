/** Every command of `pospro` as a process, beside one running platform with the demo shop. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version } from '../../../package.json';
import { sql } from '#kernel/db/database';
import { Client } from 'pg';
import { testDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { asOwner, templateDatabase, withDatabase } from '#test/harness/server';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { pospro, startPospro } from './pospro';

// Each test starts several processes, which a busy machine starts slowly.
jest.setTimeout(300_000);

let shop: TestPlatform;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  shop = await startTestPlatform({ demoDays: 2 });
  folder = mkdtempSync(path.join(tmpdir(), 'pospro-cli-'));
  const { databaseUrl } = shop.services.config;
  settings = {
    DATABASE_URL: databaseUrl!,
    DATA_DIR: folder,
    PORT: new URL(shop.url).port,
    HOST: '127.0.0.1',
  };
});
afterAll(async () => {
  await shop.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]) => pospro(words, settings);

const login = async (email: string, password: string) =>
  (await shop.rest('POST', '/api/v1/auth/login', { body: { email, password } })).status;

/** The operations that commands left in the audit trail, the last ones first. */
async function operations(count: number): Promise<string[]> {
  const rows = await shop.services.database.system.many<{ operation: string }>(
    sql`select operation from audit_entries where address = 'pospro' order by at desc, id desc limit ${count}`,
  );
  return rows.map(({ operation }) => operation);
}

it('shows its version, its commands and the options of each', async () => {
  const [shown, all, one] = await Promise.all([run('--version'), run('help'), run('help', 'import')]);
  expect(shown).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect(all.stdout).toMatch(/^Usage: pospro COMMAND[^]*\n {2}users add EMAIL {2}/);
  expect(one.stdout).toContain('--dry-run');
});

it('names the nearest command for an unknown one, and the usage for wrong arguments', async () => {
  const [command, option, argument] = [await run('bakcup'), await run('token', '--usr'), await run('import')];
  expect([command.code, command.stderr]).toEqual([
    2,
    expect.stringContaining('Did you mean "pospro backup"?'),
  ]);
  expect([option.code, option.stderr]).toEqual([2, expect.stringMatching(/'--usr'[^]*Usage: pospro token/)]);
  expect([argument.code, argument.stderr]).toEqual([2, expect.stringContaining('Usage: pospro import FILE')]);
});

describe('users add', () => {
  it('prints a new password once, with which the user signs in', async () => {
    const { code, stdout } = await run(
      'users',
      'add',
      'cli-1@shop.test',
      '--role',
      'manager',
      '--name',
      'Cleo',
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining('Created cli-1@shop.test as manager of')]);
    const [, password] = /only this once: (\S+)/.exec(stdout)!;
    expect(await login('cli-1@shop.test', password!)).toBe(200);
    expect(await operations(1)).toEqual(['registerUser']);
  });

  it('reads a password from the standard input, and prints none', async () => {
    const password = 'correct horse battery';
    const { code, stdout } = await pospro(
      ['users', 'add', 'cli-2@shop.test', '--password'],
      settings,
      `${password}\n`,
    );
    expect([code, stdout.includes('assword')]).toEqual([0, false]);
    expect(await login('cli-2@shop.test', password)).toBe(200);
  });

  it('rejects a known address, an unknown role and an unknown branch, and names the branches', async () => {
    const known = await run('users', 'add', 'owner@pospro.com');
    const role = await run('users', 'add', 'cli-3@shop.test', '--role', 'king');
    const branch = await run('users', 'add', 'cli-3@shop.test', '--branch', 'Moon');
    expect([known.code, role.code, branch.code]).toEqual([2, 2, 2]);
    expect(known.stderr).toContain('already');
    expect(role.stderr).toContain('There is no role "king"');
    expect(branch.stderr).toMatch(/"Moon" is not one of the branches: \w+ \(/);
  });
});

describe('token', () => {
  it('prints a key alone, which has the permissions of the call and of no more', async () => {
    const { stdout, stderr } = await run(
      'token',
      '--user',
      'owner@pospro.com',
      '--permission',
      'orders:read',
      '--hours',
      '1',
    );
    const token = stdout.trim();
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(/^pospro_sk_\S+\n$/),
      expect.stringContaining('1 hours'),
    ]);
    const status = async (route: string) => (await shop.rest('GET', `/api/v1${route}`, { token })).status;
    expect([await status('/orders'), await status('/customers')]).toEqual([200, 403]);
    expect(await operations(1)).toEqual(['createApiKey']);
  });

  it('rejects an unknown user and an unknown permission', async () => {
    const [user, permission] = [
      await run('token', '--user', 'no@shop.test'),
      await run('token', '--permission', 'all'),
    ];
    expect([user.code, permission.code]).toEqual([2, 2]);
    expect(user.stderr).toContain('no@shop.test');
    expect(permission.stderr).toContain('Is not a permission');
  });
});

describe('import and export', () => {
  const csv = (name: string, rows: string[]) => {
    const file = path.join(folder, name);
    writeFileSync(file, `sku,name,price\n${rows.join('\n')}\n`);
    return file;
  };
  const products = async () => {
    const { rows } = await shop.services.database.system
      .many<{ sku: string }>(sql`select sku from variants where sku like 'CLI-%' order by sku`)
      .then((found) => ({ rows: found.map(({ sku }) => sku) }));
    return rows;
  };

  it('imports a file once, with progress, and names the rejected rows', async () => {
    const rows = Array.from({ length: 1200 }, (_, at) => `CLI-${String(at).padStart(4, '0')},Mug ${at},1.50`);
    const file = csv('mugs.csv', [...rows, 'CLI-9999,Bad,cheap']);
    const tried = await run('import', file, '--dry-run');
    expect([tried.stdout, await products()]).toEqual([
      expect.stringContaining('nothing was written: 1200 created'),
      [],
    ]);
    const first = await run('import', file);
    expect([first.code, first.stdout]).toEqual([
      1,
      expect.stringMatching(
        /1200 created, 0 updated \(0 without a change\), 1 rejected\.\n {2}row 1202, price: /,
      ),
    ]);
    expect(first.stderr).toContain('1,201 of 1,201 rows');
    const again = await run('import', file);
    expect(again.stdout).toBe(first.stdout);
    expect((await products()).length).toBe(1200);
    // The key of each call has been revoked.
    const { body } = (await shop.rest('GET', '/api/v1/auth/api-keys', {
      token: await ownerToken(),
    })) as unknown as {
      body: { items: { name: string; revoked_at: string | null }[] };
    };
    const keys = body.items.filter(({ name }) => name === 'pospro');
    expect([keys.length >= 3, keys.every(({ revoked_at }) => revoked_at !== null)]).toEqual([true, true]);
  });

  it('exports to a file and to the standard output', async () => {
    const file = path.join(folder, 'products.csv');
    const written = await run('export', 'products', '--out', file);
    const shown = await run('export', 'customers');
    expect([written.code, written.stdout]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toMatch(/sku[^]*CLI-0001/);
    expect(shown.stdout.split('\n')[0]).toContain('email');
  });

  it('works for another platform with the key of the environment', async () => {
    const token = (await run('token')).stdout.trim();
    const remote = { POSPRO_URL: shop.url, POSPRO_TOKEN: token, DATA_DIR: folder };
    const { code, stdout } = await pospro(['export', 'orders'], remote);
    expect([code, stdout.split('\n').length > 2]).toEqual([0, true]);
  });

  it('says how to start a platform that does not answer', async () => {
    const { code, stderr } = await pospro(['export', 'orders'], {
      ...settings,
      PORT: String(await freePort()),
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('Start it with "pospro start"')]);
  });

  const ownerToken = async () => {
    const answer = await shop.rest('POST', '/api/v1/auth/login', {
      body: { email: 'owner@pospro.com', password: 'secure123' },
    });
    return (answer.body as { access_token: string }).access_token;
  };
});

describe('backup and restore', () => {
  it('backs up, lists, verifies, and restores into an empty database', async () => {
    const made = await run('backup');
    expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/\.zip: \d+ tables, \d+ rows/)]);
    const name = path.basename(made.stdout.split(':')[0]!);
    const [listed, verified] = [await run('backup', 'list'), await run('backup', 'verify', name)];
    expect([listed.stdout, verified.stdout]).toEqual([
      expect.stringContaining(name),
      expect.stringContaining('is as it was written'),
    ]);
    const { serverUrl } = templateDatabase();
    const target = `pospro_test_${randomBytes(6).toString('hex')}`;
    await asOwner(serverUrl, `create database ${target}`);
    const url = withDatabase(serverUrl, target);
    const restored = await pospro(['restore', name], { ...settings, DATABASE_URL: url });
    await asOwner(serverUrl, `drop database ${target} with (force)`);
    expect([restored.code, restored.stdout]).toEqual([0, expect.stringContaining('its data is in order')]);
    const damaged = path.join(folder, 'damaged.zip');
    const bytes = readFileSync(path.join(folder, 'backups', name));
    writeFileSync(damaged, bytes.fill(0, Math.floor(bytes.length / 2), bytes.length - 10_000));
    expect((await run('backup', 'verify', damaged)).code).toBe(1);
  });
});

it('verifies the audit trail and the running totals, and finds the database up to date', async () => {
  const [audit, rollups, migrated] = [
    await run('audit', 'verify'),
    await run('rollups'),
    await run('migrate'),
  ];
  expect([audit.code, audit.stdout]).toEqual([0, expect.stringContaining('The audit trail is whole')]);
  expect([rollups.code, rollups.stdout]).toEqual([0, expect.stringMatching(/business days, 0 differ/)]);
  expect([migrated.code, migrated.stdout]).toEqual([0, 'The database was up to date.\n']);
});

describe('doctor', () => {
  it('finds everything in order beside the running platform', async () => {
    const { code, stdout } = await run('doctor');
    expect(stdout).toMatch(
      /ok +settings[^]*ok +database +PostgreSQL[^]*ok +clock[^]*ok +migrations[^]*ok +rights/,
    );
    expect(stdout).toMatch(/ok +port +\d+ is in use by a PosPro that answers/);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Everything is in order.')]);
  });

  it('says all that is wrong at once, and what to do', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const dead = await freePort();
    const { code, stdout } = await pospro(['doctor'], {
      ...settings,
      PORT: String(port),
      CORS_ORIGIN: 'https://shop.test',
      MAX_DEPTH: 'deep',
      SMTP_URL: `smtp://127.0.0.1:${dead}`,
      REDIS_URL: `redis://127.0.0.1:${dead}`,
      DATABASE_URL: settings.DATABASE_URL!.replace(/:\/\/[^@]+@/, '://nobody:wrong@'),
    });
    other.close();
    expect(code).toBe(1);
    expect(stdout).toContain('CORS_ORIGIN is not a setting; the name is CORS_ORIGINS');
    expect(stdout).toMatch(/WRONG +settings +MAX_DEPTH/);
    for (const [subject, remedy] of [
      ['database', 'DATABASE_URL are right'],
      ['redis', 'REDIS_URL runs'],
      ['port', `PORT=${port + 1}`],
      ['mail', 'SMTP_URL are right'],
    ])
      expect(stdout).toMatch(new RegExp(`WRONG {2}${subject} .*\\n +→ .*${remedy}`));
    expect(stdout).toContain('6 of');
  });

  it('finds a database without migrations', async () => {
    const db = await testDatabase();
    const client = new Client(db.url);
    await client.connect();
    await client.query(
      'delete from _prisma_migrations where migration_name = (select max(migration_name) from _prisma_migrations)',
    );
    await client.end();
    const { code, stdout } = await pospro(['doctor'], { ...settings, DATABASE_URL: db.url });
    const added = await pospro(['users', 'add', 'ann@shop.test'], { ...settings, DATABASE_URL: db.url });
    await db.close();
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/migrations The database lacks 1: [^]*pospro migrate/),
    ]);
    expect([added.code, added.stderr]).toEqual([2, expect.stringContaining('pospro migrate')]);
  });
});

it('starts the server with the demo shop, and stops it in order', async () => {
  const port = await freePort();
  const child = startPospro(['demo'], { ...settings, PORT: String(port), DATABASE_POOL_SIZE: '3' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const ended = once(child, 'exit');
  try {
    await eventually(
      () => output.includes('PosPro is ready'),
      () => output,
      { limitMs: 240_000, pauseMs: 50 },
    );
    expect(output).toContain('owner@pospro.com');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
