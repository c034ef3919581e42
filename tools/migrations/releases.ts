/** The frozen releases: the migrations of each, the statements that it sends, and a backup of its demo shop (docs/UPGRADING.md). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMigrations, type Migration } from '#kernel/db/migrate';
import { contractedFrom, isOlderThan } from '#kernel/db/migration-names.rules';

export const RELEASES_FOLDER = path.resolve(__dirname, '../../prisma/releases');

/** The statements of a release by the role that sends them. */
export type RecordedStatements = Readonly<Record<string, readonly string[]>>;

export interface FrozenRelease {
  readonly version: string;
  /** The migrations of its database, the oldest first. */
  readonly migrations: readonly Pick<Migration, 'name' | 'checksum'>[];
  readonly statements: RecordedStatements;
  /** The file of the backup of its demo shop. */
  readonly demoShop: string;
  /** The file of its GraphQL schema as clients see it. */
  readonly apiSchema: string;
}

/** The files of a frozen release. */
export const RELEASE_FILES = {
  migrations: 'migrations.json',
  statements: 'statements.json',
  demoShop: 'demo-shop.zip',
  apiSchema: 'schema.graphql',
};

/** The frozen releases, the oldest first. */
export function frozenReleases(folder = RELEASES_FOLDER): FrozenRelease[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((one, other) => (isOlderThan(one, other) ? -1 : 1))
    .map((version) => {
      const fileOf = (name: string) => path.join(folder, version, name);
      return {
        version,
        migrations: readJson(fileOf(RELEASE_FILES.migrations)) as FrozenRelease['migrations'],
        statements: readJson(fileOf(RELEASE_FILES.statements)) as RecordedStatements,
        demoShop: fileOf(RELEASE_FILES.demoShop),
        apiSchema: fileOf(RELEASE_FILES.apiSchema),
      };
    });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The migrations since the newest frozen release, the oldest first. */
export function unreleasedMigrations(
  releases: readonly FrozenRelease[],
  migrations = readMigrations(),
): Migration[] {
  const released = new Set(releases.at(-1)?.migrations.map(({ name }) => name));
  return migrations.filter(({ name }) => !released.has(name));
}

/** Errors in the list of migrations, a sentence each: frozen ones stay as they are, new ones come after them. */
export function historyErrors(
  releases: readonly FrozenRelease[],
  migrations: readonly Migration[],
): string[] {
  const newest = releases.at(-1);
  if (!newest) return [];
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const changed = newest.migrations
    .filter(({ name, checksum }) => checksums.get(name) !== checksum)
    .map(
      ({ name }) =>
        `${name} is not as it was released with ${newest.version}. Restore it, and put the change into a migration of its own.`,
    );
  const last = newest.migrations.at(-1)?.name ?? '';
  const versions = new Set(releases.map(({ version }) => version));
  const misnamed = unreleasedMigrations(releases, [...migrations]).flatMap(({ name }) => {
    const from = contractedFrom(name);
    return [
      ...(name < last
        ? [`${name} comes before ${last}, which ${newest.version} has: give it a later time.`]
        : []),
      ...(from !== undefined && !versions.has(from)
        ? [`${name} works from ${from}, which is not a frozen release: ${[...versions].join(', ')}.`]
        : []),
      ...(from === undefined && name.includes('contract')
        ? [`${name} has no version: name it like 20270301000000_contract_from_0_3_0_drop_note.`]
        : []),
    ];
  });
  return [...changed, ...misnamed];
}
