/**
 * A migrated database of its own for each test file, cloned from a template that the whole run shares, and the services of a
 * running process around it.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { pino } from 'pino';
import type { Actor } from '#kernel/auth/actor';
import { Caches } from '#kernel/cache';
import { systemClock, type Clock } from '#kernel/clock';
import { createContext, type RequestContext, type RequestMeta, type Services } from '#kernel/context';
import { openDatabase } from '#kernel/db/open-database';
import { MemoryBus } from '#kernel/events/memory-bus';
import { startRelay } from '#kernel/events/relay.worker';
import { createIds } from '#kernel/ids';
import { asOwner, cloneTemplate, templateDatabase, withDatabase, type Template } from './server';
import { testConfig } from './test-config';

export interface TestDatabase {
  readonly services: Services;
  /** The database's URL, as its owner: for statements past row-level security. */
  readonly url: string;
  /** The context of one request. An actor that is left out is the system of a fresh organization. */
  contextFor(actor?: Actor, request?: Partial<RequestMeta>): RequestContext;
  /** Closes everything, and drops the database if it was made for the test. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions {
  clock?: Clock;
  poolSize?: number;
  /** Where it is cloned from; the run's own template where left out. */
  template?: Template;
}

/** @example
 * let db: TestDatabase;
 * beforeAll(async () => (db = await testDatabase()));
 * afterAll(() => db.close());
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const template = options.template ?? templateDatabase();
  const name = `pospro_test_${randomBytes(6).toString('hex')}`;
  await cloneTemplate(template, name);
  const opened = await openTestDatabase(withDatabase(template.serverUrl, name), options);
  return {
    ...opened,
    async close() {
      await opened.close();
      await asOwner(template.serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** The same around a database that is there, such as that of a process under test; it stays. */
export async function openTestDatabase(
  url: string,
  options: Omit<TestDatabaseOptions, 'template'> = {},
): Promise<TestDatabase> {
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const clock = options.clock ?? systemClock;
  const config = testConfig({ DATABASE_URL: url });
  const database = await openDatabase({ url, poolSize: options.poolSize ?? config.poolSize, log });
  const bus = new MemoryBus(log);
  const services: Services = {
    config,
    clock,
    ids: createIds(clock),
    log,
    database,
    bus,
    caches: new Caches(clock, bus),
  };
  const relay = await startRelay({ database, bus, log });
  return {
    services,
    url,
    contextFor(actor = { kind: 'system', organizationId: randomUUID(), branchId: undefined }, request = {}) {
      return createContext(services, actor, { requestId: randomUUID(), address: '127.0.0.1', ...request });
    },
    async close() {
      await relay.stop();
      await database.close();
    },
  };
}

/**
 * Count and checksum of the rows of every table, read as the database's owner: equal ones before and after mean that nothing was
 * written.
 */
export async function rowCounts({ services }: { services: Services }): Promise<Record<string, string>> {
  const client = new Client(services.config.databaseUrl);
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
    );
    const counts: Record<string, string> = {};
    for (const { name } of tables.rows) {
      const result = await client.query<{ count: string; sum: string | null }>(
        `select count(*) as count, md5(string_agg(t::text, ' ' order by t::text)) as sum from "${name}" t`,
      );
      counts[name] = `${result.rows[0]!.count} ${result.rows[0]!.sum ?? ''}`;
    }
    return counts;
  } finally {
    await client.end();
  }
}
