/** Freezes a release: what the next one must not break is written beside its migrations (docs/UPGRADING.md). */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { API_SCHEMA_FILE } from '#gateway/api-schema';
import { writeBackup } from '#kernel/backup/write-backup';
import type { Database } from '#kernel/db/database';
import { readMigrations } from '#kernel/db/migrate';
import { brokenStatements, PLANNABLE } from './explain-statements';
import { frozenReleases, historyErrors, RELEASE_FILES, type RecordedStatements } from './releases';

export interface ReleaseToFreeze {
  readonly version: string;
  /** The folder of all releases. */
  readonly folder: string;
  readonly recorded: RecordedStatements;
  /** The database of a demo shop, made by this version. */
  readonly database: Database;
  /** The same database, as a user who may become the roles. */
  readonly url: string;
}

/**
 * Writes the files of a release. Recorded statements that the schema does not have, such as those of tests on tables of their own, are
 * not kept.
 * @returns the number of recorded statements and of those kept.
 * @throws Error for a version that is frozen already, and for migrations that are not those of the frozen releases.
 */
export async function freezeRelease(release: ReleaseToFreeze): Promise<{ recorded: number; kept: number }> {
  const { version, folder, recorded, database, url } = release;
  const target = path.join(folder, version);
  if (existsSync(target))
    throw new Error(`${version} is frozen already. Give package.json the next version.`);
  const migrations = readMigrations();
  const errors = historyErrors(frozenReleases(folder), migrations);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const plannable = mapTexts(recorded, (_, texts) => texts.filter((text) => PLANNABLE.test(text)));
  const broken = new Set((await brokenStatements(url, plannable)).map(({ role, text }) => `${role} ${text}`));
  const kept = mapTexts(plannable, (role, texts) =>
    [...new Set(texts)].filter((text) => !broken.has(`${role} ${text}`)).sort(),
  );
  mkdirSync(target, { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFileSync(path.join(target, name), `${JSON.stringify(value, undefined, 1)}\n`);
  write(
    RELEASE_FILES.migrations,
    migrations.map(({ name, checksum }) => ({ name, checksum })),
  );
  write(RELEASE_FILES.statements, kept);
  copyFileSync(API_SCHEMA_FILE, path.join(target, RELEASE_FILES.apiSchema));
  const file = path.join(target, RELEASE_FILES.demoShop);
  await database.snapshot((client) => writeBackup(client, { version, file, key: undefined }));
  return { recorded: count(recorded), kept: count(kept) };
}

/** The statements that test/harness/record-statements.ts wrote into a folder. */
export function readRecorded(folder: string): RecordedStatements {
  const byRole: Record<string, Set<string>> = {};
  for (const file of readdirSync(folder))
    for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n').filter(Boolean)) {
      const [role, text] = JSON.parse(line) as [string, string];
      (byRole[role] ??= new Set()).add(text);
    }
  return Object.fromEntries(Object.entries(byRole).map(([role, texts]) => [role, [...texts]]));
}

function mapTexts(
  statements: RecordedStatements,
  change: (role: string, texts: readonly string[]) => string[],
): Record<string, string[]> {
  return Object.fromEntries(Object.entries(statements).map(([role, texts]) => [role, change(role, texts)]));
}

function count(statements: RecordedStatements): number {
  return Object.values(statements).reduce((sum, texts) => sum + texts.length, 0);
}
