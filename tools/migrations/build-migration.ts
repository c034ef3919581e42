/**
 * `npm run db:migration` checks the migrations, lints those after the newest frozen release (prisma/releases), and writes Prisma's client.
 * `-- --name add_note` begins a migration with the difference between the migrations and prisma/schema; what prisma/sql changes is added by
 * hand. With `--check` nothing is written. docs/UPGRADING.md has the rules.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readMigrations } from '#kernel/db/migrate';
import { beginMigration } from './begin-migration';
import { lintMigration } from './lint-migrations';
import { frozenReleases, historyErrors, unreleasedMigrations, type FrozenRelease } from './releases';

const ROOT = path.resolve(__dirname, '../..');
function generateClient(): void {
  const prisma = path.join(path.dirname(require.resolve('prisma/package.json')), 'build/index.js');
  execFileSync(process.execPath, [prisma, 'generate'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (!existsSync(path.join(ROOT, 'prisma/client/client.ts')))
    throw new Error('prisma generate made no client.');
}

/** Checks the migrations since the newest release. @throws Error with all that is wrong. */
function assertUpgradable(releases: readonly FrozenRelease[]): void {
  const migrations = readMigrations();
  const errors = [
    ...historyErrors(releases, migrations),
    ...unreleasedMigrations(releases, migrations).flatMap(lintMigration),
  ];
  if (errors.length > 0) throw new Error(`${errors.join('\n')}\ndocs/UPGRADING.md has the rules.`);
}

async function main(): Promise<void> {
  const releases = frozenReleases();
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, name: { type: 'string' } } });
  if (values.name !== undefined) console.log(`${await beginMigration(values.name)} written`);
  else assertUpgradable(releases);
  // A check runs beside the linter and the compiler, which read the client.
  if (!values.check) generateClient();
}

main().catch((error: unknown) => {
  console.error(
    `The migrations are not in order.\n${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
});
