/** Databases with the demo shop: made once for all test files of ten minutes, since its history takes seconds. */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { Caches } from '#kernel/cache';
import { systemClock } from '#kernel/clock';
import type { Services } from '#kernel/context';
import { analyzeGrown } from '#kernel/db/analyze';
import { openDatabase } from '#kernel/db/open-database';
import { MemoryBus } from '#kernel/events/memory-bus';
import { createIds } from '#kernel/ids';
import { asOwner, cloneTemplate, templateDatabase, withDatabase, type Template } from './server';
import { testConfig } from './test-config';

/** The shop's last sales are of the minute in which it was made: an older shop, or one of yesterday, would be another shop. */
const LIFETIME_MS = 600_000;

/** The template of a demo shop with a history of so many days. The first caller makes it, and callers of other workers wait. */
export async function demoTemplate(days: number): Promise<Template> {
  const bare = templateDatabase();
  const template = named(bare, `${bare.name}_demo${days}_${Math.floor(Date.now() / LIFETIME_MS)}`);
  const client = new Client(bare.serverUrl);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [template.name]);
    const found = await client.query('select from pg_database where datname = $1', [template.name]);
    if (found.rowCount === 0) await make(bare, template, days);
  } finally {
    // Its end releases the lock.
    await client.end();
  }
  return template;
}

/** A run's template and those of its demo shops, as far as they were made. */
export async function madeTemplates(bare: Template): Promise<Template[]> {
  const client = new Client(bare.serverUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [bare.name],
    );
    return rows.map(({ datname }) => (datname === bare.name ? bare : named(bare, datname)));
  } finally {
    await client.end();
  }
}

function named({ serverUrl }: Template, name: string): Required<Template> {
  return { serverUrl, name, dataDir: path.join(tmpdir(), name) };
}

async function make(bare: Template, template: Required<Template>, days: number): Promise<void> {
  const unfinished = `${template.name}_unfinished`;
  await asOwner(bare.serverUrl, `drop database if exists ${unfinished} with (force)`);
  await cloneTemplate(bare, unfinished);
  mkdirSync(template.dataDir, { recursive: true });
  await fill(withDatabase(bare.serverUrl, unfinished), template.dataDir, days);
  await asOwner(bare.serverUrl, `alter database ${unfinished} rename to ${template.name}`);
}

/** As a platform does before it starts anything else: see `seed` in gateway/platform.ts. */
async function fill(url: string, dataDir: string, days: number): Promise<void> {
  // Most test files need no demo shop.
  const { seedDemo } = await import('#demo/index');
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const config = testConfig({ DATABASE_URL: url, DATA_DIR: dataDir, DEMO: 'true' });
  const database = await openDatabase({ url, poolSize: config.poolSize, log });
  try {
    const clock = systemClock;
    const bus = new MemoryBus(log);
    const caches = new Caches(clock, bus);
    const services: Services = { config, clock, ids: createIds(clock), log, database, bus, caches };
    await seedDemo(services, undefined, days);
    await analyzeGrown(database, log);
  } finally {
    await database.close();
  }
}
