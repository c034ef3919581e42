/** The stand-in's connection to PostgreSQL: the pg driver, with the few corrections that migrations need. */
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  bindMigrationAwareSqlAdapterFactory,
  type ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import { Client, escapeIdentifier, type ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { offlineAdapterFactory } from './offline';

/** Connection settings of a `postgresql://` URL, without Prisma's own parameters (`schema`, `pgbouncer` …). */
export function connectionSettings(url: string): { settings: ClientConfig; schema: string | undefined } {
  const plain = new URL(url);
  const schema = plain.searchParams.get('schema') ?? undefined;
  for (const name of ['schema', 'pgbouncer', 'connection_limit', 'pool_timeout'])
    plain.searchParams.delete(name);
  return { settings: parseIntoClientConfig(plain.href), schema };
}

/**
 * Opens a connection and closes it again. @throws the driver's error, for example with code 3D000 for an
 * unknown database.
 */
export async function checkConnection(url: string): Promise<void> {
  const client = new Client(connectionSettings(url).settings);
  await client.connect();
  await client.end();
}

/** Creates the URL's database if it does not exist. */
export async function ensureDatabase(url: string): Promise<{ databaseName: string }> {
  const { settings } = connectionSettings(url);
  const databaseName = settings.database ?? 'postgres';
  const client = new Client({ ...settings, database: 'postgres' });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${escapeIdentifier(databaseName)}`);
    return { databaseName };
  } finally {
    await client.end();
  }
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** PostgreSQL's one-letter type "char", the type of codes in the catalogue. */
const ONE_LETTER = 18;

/**
 * Other types of the catalogue for which the adapter has no mapping: name and its array, vectors, lists of
 * rules, regclass.
 */
const READ_AS_TEXT = new Set([19, 22, 24, 194, 1034, 2205]);
const TEXT = 25;

interface AdapterInternals {
  performIO(query: object): Promise<{ fields?: { dataTypeID: number }[] }>;
  queryRaw(query: object): Promise<{ columnTypes: number[] }>;
  executeScript(script: string): Promise<void>;
  client: { query(text: string): Promise<unknown> };
  onError(error: unknown): never;
}

/** Corrects one adapter; each migration command opens two or three. */
function mend(adapter: Adapter): Adapter {
  const internals = adapter as unknown as AdapterInternals;
  const performIO = internals.performIO.bind(adapter);
  const queryRaw = internals.queryRaw.bind(adapter);
  const letters = new WeakMap<object, number[]>();
  internals.performIO = async (query) => {
    const result = await performIO(query);
    const fields = result.fields ?? [];
    letters.set(
      query,
      fields.flatMap((field, index) => (field.dataTypeID === ONE_LETTER ? [index] : [])),
    );
    for (const field of fields) {
      if (field.dataTypeID === ONE_LETTER || READ_AS_TEXT.has(field.dataTypeID)) field.dataTypeID = TEXT;
    }
    return result;
  };
  // The engine distinguishes kinds of constraints by a character, and panics on a text.
  internals.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of letters.get(query) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  // The adapter splits a script at every semicolon, which breaks function bodies. Sent whole, it is one
  // implicit transaction, as in the native engine.
  internals.executeScript = async (script) => {
    try {
      await internals.client.query(script);
    } catch (error) {
      internals.onError(error);
    }
  };
  return adapter;
}

class MigrationAdapterFactory extends PrismaPg {
  constructor(
    private readonly settings: ClientConfig,
    private readonly schema: string | undefined,
  ) {
    super(settings, { schema });
  }

  override async connect(): Promise<Adapter> {
    return mend(await super.connect());
  }

  /** The stock one drops the shadow database while its own pool still holds a connection to it. */
  override async connectToShadowDb(): Promise<Adapter> {
    const admin = await this.connect();
    const name = escapeIdentifier(`prisma_migrate_shadow_db_${crypto.randomUUID()}`);
    await admin.executeScript(`CREATE DATABASE ${name}`);
    const shadow = mend(
      await new PrismaPg(
        { ...this.settings, database: name.slice(1, -1) },
        { schema: this.schema },
      ).connect(),
    );
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await admin.executeScript(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.dispose();
    };
    return shadow;
  }
}

/** The factory of the engine's connections. */
export function adapterFactory(url: string | undefined): ErrorCapturingSqlMigrationAwareDriverAdapterFactory {
  if (!url) return offlineAdapterFactory;
  const { settings, schema } = connectionSettings(url);
  return bindMigrationAwareSqlAdapterFactory(new MigrationAdapterFactory(settings, schema));
}
