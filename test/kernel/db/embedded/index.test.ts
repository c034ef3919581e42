import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { AlreadyRunningError, startEmbedded, type EmbeddedDatabase } from '#kernel/db/embedded/index';
import { applyMigrations } from '#kernel/db/migrate';
import { openDatabase } from '#kernel/db/open-database';
import { sql } from '#kernel/db/database';
import { patiently } from '#test/harness/patience';

const log = pino({ level: 'silent' });

describe('the embedded database', () => {
  let dataDir: string;
  const running = new Set<EmbeddedDatabase>();

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-embedded-'));
    chmodSync(dataDir, 0o755);
  });
  afterEach(async () => {
    for (const server of running) await server.stop();
    running.clear();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(folder = dataDir): Promise<EmbeddedDatabase> {
    const server = await startEmbedded({ dataDir: folder, log, fast: true, platformPort: 8000 });
    running.add(server);
    return server;
  }

  async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
    const client = new Client(url);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  const postmasterIn = (folder: string) =>
    Number(readFileSync(path.join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  const postmasterOf = (server: EmbeddedDatabase) => postmasterIn(server.dataLocation);

  it('indexes names anew when its ICU is another one than before', async () => {
    const first = await start();
    await query(
      first.url,
      `create collation name_order (provider = icu, locale = 'und'); create table named (name text collate name_order);
      create index named_by_name on named (name); insert into named values ('ä'), ('b')`,
    );
    const [before] = await query<{ version: string }>(
      first.url,
      `select collversion as version from pg_collation where collname = 'name_order'`,
    );
    await query(first.url, `update pg_collation set collversion = '1' where collname = 'name_order'`);
    const fileOf = `select pg_relation_filenode('named_by_name') as file`;
    const [old] = await query<{ file: number }>(first.url, fileOf);
    await first.stop();
    const second = await start();
    expect(
      await query(
        second.url,
        `select collversion as version from pg_collation where collname = 'name_order'`,
      ),
    ).toEqual([before]);
    expect((await query<{ file: number }>(second.url, fileOf))[0]!.file).not.toBe(old!.file);
  });

  it('keeps its data over a restart, listens on the loopback only, and asks for the password', async () => {
    const first = await start();
    expect(first.dataLocation).toBe(dataDir);
    await query(first.url, 'create table kept (id int); insert into kept values (42)');
    await first.stop();
    expect(existsSync(path.join(dataDir, 'pospro.json'))).toBe(false);
    const second = await start();
    expect(await query(second.url, 'select id from kept')).toEqual([{ id: 42 }]);
    const settings = await query<{ setting: string }>(
      second.url,
      `select setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories', 'server_encoding') order by name`,
    );
    expect(settings.map((row) => row.setting)).toEqual(['127.0.0.1', 'UTF8', '']);
    expect(statSync(path.join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(second.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux(
    'writes out its files with one call when it recovers, since a call for each takes seconds',
    async () => {
      const { url } = await start();
      expect(await query(url, 'show recovery_init_sync_method')).toEqual([
        { recovery_init_sync_method: 'syncfs' },
      ]);
    },
  );

  it('works with parallel workers, which large tables call for', async () => {
    const { url } = await start();
    // The server then plans a worker for a query of any size.
    await query(url, 'alter role postgres set debug_parallel_query = on');
    expect(await query(url, 'select count(*)::int as count from pg_class where relname is null')).toEqual([
      { count: 0 },
    ]);
  });

  it('refuses a second start on the same folder, naming the first', async () => {
    const first = await start();
    const error: unknown = await startEmbedded({ dataDir, log, fast: true }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AlreadyRunningError);
    expect(error).toMatchObject({
      pid: process.pid,
      port: 8000,
      databasePort: Number(new URL(first.url).port),
    });
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('takes over the folder of a process that was killed, and stops the server it left behind', async () => {
    const owner = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'owner.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(owner.stdout, 'data')) as [Buffer];
    await query(url.toString(), 'create table kept (id int)');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const orphan = postmasterIn(dataDir);
    process.kill(orphan, 0);
    const second = await start();
    expect(postmasterOf(second)).not.toBe(orphan);
    expect(() => process.kill(orphan, 0)).toThrow('ESRCH');
    expect(await query(second.url, 'select * from kept')).toEqual([]);
  });

  it('is not held up by what a power cut leaves: half a note, and the number of a process that is another one now', async () => {
    const first = await start();
    await first.stop();
    writeFileSync(path.join(dataDir, 'pospro.json'), '{"pid": 12');
    writeFileSync(
      path.join(dataDir, 'postgres/postmaster.pid'),
      `${process.pid}\n${dataDir}/postgres\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    const second = await start();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('puts the data where its user can reach it, if the folder is closed to others', async () => {
    chmodSync(dataDir, 0o700);
    const server = await start(path.join(dataDir, 'inside'));
    try {
      expect(server.dataLocation).toMatch(/^\/var\/lib\/pospro\/[0-9a-f]{12}$/);
      expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
      rmSync(server.dataLocation, { recursive: true, force: true });
    }
  });

  it.each(['SIGQUIT', 'SIGKILL'] as const)(
    'is started again by its process after %s: calls fail with 503, and then work again',
    async (signal) => {
      const server = await start();
      await applyMigrations(server.url);
      const database = await openDatabase({ url: server.url, poolSize: 4, log });
      try {
        // The fast settings of tests would let a crash lose the last commits, among them the passwords that opening the database sets.
        await query(server.url, 'checkpoint');
        const organizationId = '0190a6d8-0000-7000-8000-000000000001';
        const db = database.forOrganization(organizationId);
        const one = () => db.many(sql`select 1 as one`);
        await Promise.all([one(), one(), one(), one()]);
        for (let time = 0; time < 3; time += 1) {
          const killed = postmasterOf(server);
          process.kill(killed, signal);
          const cut = db.many(sql`select pg_sleep(0.1)`);
          await expect(cut).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, retryAfter: 1 });
          expect(await patiently(one)).toEqual([{ one: 1 }]);
          expect(await Promise.all([one(), one(), one(), one(), one()])).toEqual(Array(5).fill([{ one: 1 }]));
          expect(postmasterOf(server)).not.toBe(killed);
        }
      } finally {
        await database.close();
      }
      const last = postmasterOf(server);
      await server.stop();
      expect(() => process.kill(last, 0)).toThrow('ESRCH');
    },
    60_000,
  );

  it('stops while a dead server is being started again', async () => {
    const server = await start();
    process.kill(postmasterOf(server), 'SIGKILL');
    await sleep(30);
    await server.stop();
    await sleep(1_000);
    await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    expect(existsSync(path.join(dataDir, 'pospro.json'))).toBe(false);
  });
});
