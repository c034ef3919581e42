/** The whole schema from its sources: the tables of prisma/schema, then the hand-written prisma/sql. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PARTITIONED_TABLES } from '#prisma/partitions';
import domains from '../../subgraphs/domains.json';
import { partitionTables } from './partition-ddl';
import { offlineAdapterFactory } from './schema-engine/offline';
import { loadEngine } from './schema-engine/wasm';

const ROOT = path.resolve(__dirname, '../..');
const SCHEMA = path.join(ROOT, 'prisma/schema');
const SQL = path.join(ROOT, 'prisma/sql');

/** A domain's SQL may build on the domains before it, as its code may. */
const ORDER = ['kernel', 'audit', ...domains.map(({ name }) => name), 'collation', 'versions', 'security'];

/** The statements that make the schema in an empty database, and the reasons why tables are not partitioned. */
export async function wholeSchema(): Promise<{ text: string; warnings: string[] }> {
  const parts = sqlFiles().map((name) => ({
    name,
    text: readFileSync(path.join(SQL, `${name}.sql`), 'utf8').trim(),
  }));
  const handWritten = parts.map((part) => part.text).join('\n');
  const { ddl, warnings } = partitionTables(await tableDdl(), handWritten, PARTITIONED_TABLES);
  const sections = parts.map((part) => `-- ${'='.repeat(20)} prisma/sql/${part.name}.sql\n${part.text}\n`);
  return { text: [`${ddl}\n`, ...sections].join('\n'), warnings };
}

async function tableDdl(): Promise<string> {
  const files = readdirSync(SCHEMA)
    .filter((file) => file.endsWith('.prisma'))
    .sort()
    .map((file) => ({
      path: path.join('prisma/schema', file),
      content: readFileSync(path.join(SCHEMA, file), 'utf8'),
    }));
  const engine = await loadEngine([], offlineAdapterFactory);
  const difference = (await engine.call('diff', {
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })) as { stdout: string };
  // The schema "public" exists already, and creating it needs a privilege that the user may not have.
  return difference.stdout.replace(/^-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n+/, '').trim();
}

function sqlFiles(): string[] {
  const names = readdirSync(SQL)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => path.basename(file, '.sql'));
  const stranger = names.find((name) => !ORDER.includes(name));
  if (stranger)
    throw new Error(
      `prisma/sql/${stranger}.sql belongs to no domain; its name must be one of ${ORDER.join(', ')}.`,
    );
  return ORDER.filter((name) => names.includes(name));
}
