/**
 * `createMigration` and `evaluateDataLoss` on top of `diff`. On PostgreSQL the WebAssembly engine rejects both
 * with an existing migration history, because they do not get the factory for the shadow database; `diff` does.
 */
import type { Engine } from './wasm';

export interface MigrationRequest {
  migrationsList: Record<string, unknown>;
  schema: { files: unknown };
  filters: unknown;
  migrationName?: string;
  draft?: boolean;
}

const LOCKFILE = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };
const LOSES_DATA = /DROP (TABLE|COLUMN)/;
const RISKY = /DROP (TABLE|COLUMN)|SET NOT NULL|DROP TYPE|SET DATA TYPE|ADD COLUMN .* NOT NULL(?!.*DEFAULT)/;

/** The SQL that leads from the history to the schema; undefined without changes. */
async function scriptTo(engine: Engine, request: MigrationRequest): Promise<string | undefined> {
  const difference = (await engine.call('diff', {
    from: { tag: 'migrations', ...request.migrationsList, lockfile: LOCKFILE },
    to: { tag: 'schemaDatamodel', files: request.schema.files },
    script: true,
    exitCode: true,
    filters: request.filters,
  })) as { exitCode: number; stdout?: string };
  return difference.exitCode === 2 ? difference.stdout : undefined;
}

function riskyLines(script: string): string[] {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => RISKY.test(line));
}

export async function evaluateDataLoss(engine: Engine, request: MigrationRequest): Promise<unknown> {
  const script = await scriptTo(engine, request);
  const warnings = riskyLines(script ?? '')
    .filter((line) => LOSES_DATA.test(line))
    .map((line) => ({ message: `Data loss: ${line}`, stepIndex: 0 }));
  return { migrationSteps: script ? 1 : 0, unexecutableSteps: [], warnings };
}

export async function createMigration(engine: Engine, request: MigrationRequest): Promise<unknown> {
  const script = await scriptTo(engine, request);
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const name = request.migrationName
    ?.toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 200);
  const risky = riskyLines(script ?? '');
  const warning =
    risky.length > 0
      ? ['-- Check before applying:', ...risky.map((line) => `--   ${line}`), ''].join('\n')
      : '';
  const wanted = script !== undefined || request.draft === true;
  // A table without its policies would be inaccessible.
  const policies = script?.includes('CREATE TABLE')
    ? '\n-- Binds the new tables to their organization.\nSELECT pospro_secure_tables();\n'
    : '';
  return {
    connectorType: 'postgresql',
    extension: 'sql',
    generatedMigrationName: name ? `${stamp}_${name}` : stamp,
    migrationScript: wanted ? warning + (script ?? '-- This is an empty migration.') + policies : null,
  };
}
