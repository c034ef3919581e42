/** Begins a migration after the first release: the difference between the migrations and prisma/schema, from a database made by them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '#kernel/db/embedded/index';
import { applyMigrations, MIGRATIONS_FOLDER } from '#kernel/db/migrate';

const ROOT = path.resolve(__dirname, '../..');
const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Writes prisma/migrations/<time>_<name>/migration.sql.
 * @param name such as "add_note", or "contract_from_0_3_0_drop_note".
 * @param folder the folder of the migrations.
 * @returns the file.
 * @throws Error for an invalid name.
 */
export async function beginMigration(name: string, folder = MIGRATIONS_FOLDER): Promise<string> {
  if (!NAME.test(name)) throw new Error(`"${name}" is not a name: small letters, digits and "_".`);
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const target = path.join(folder, `${time}_${name}`);
  const difference = await tableDifference(folder);
  mkdirSync(target);
  const file = path.join(target, 'migration.sql');
  writeFileSync(
    file,
    `${difference}\n\n-- New tables get their policies and rights.\nselect pospro_secure_tables();\n`,
  );
  return file;
}

/** The statements from a database of the migrations to prisma/schema. */
async function tableDifference(folder: string): Promise<string> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-migration-'));
  // As root the server runs as another user, who must be able to enter.
  chmodSync(dataDir, 0o755);
  const server = await startEmbedded({ dataDir, log: pino({ level: 'warn' }), fast: true });
  try {
    await applyMigrations(server.url, { folder });
    const cli = path.join(path.dirname(require.resolve('prisma/package.json')), 'build/index.js');
    const options = [
      'migrate',
      'diff',
      '--from-config-datasource',
      '--to-schema',
      'prisma/schema',
      '--script',
    ];
    const env = { ...process.env, DATABASE_URL: server.url };
    return execFileSync(process.execPath, [cli, ...options], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
