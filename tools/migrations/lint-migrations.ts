/**
 * Lints migrations after the first release with squawk: those that the statements of the former release would not survive, and those that
 * lock a table for longer than a sale waits.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { contractedFrom } from '#kernel/db/migration-names.rules';
import type { Migration } from '#kernel/db/migrate';

/** The way round each rule. */
const WAYS: Readonly<Record<string, string>> = {
  'ban-drop-column':
    'Stop using the column in this release; drop it in a migration "contract_from_" of the next.',
  'ban-drop-table':
    'Stop using the table in this release; drop it in a migration "contract_from_" of the next.',
  'renaming-column': 'Add a column, write both, copy the rows, and drop the old column in the next release.',
  'renaming-table':
    'Add a table, or a view of the new name, and move to it; drop the old name in the next release.',
  'adding-required-field':
    'Give the column a default or let it be null: the former release inserts without it.',
  'adding-not-nullable-field':
    'Add a CHECK constraint NOT VALID and validate it, in a migration "contract_from_" of the next release.',
  'changing-column-type':
    'Add a column of the new type, write both, and drop the old column in the next release.',
  'constraint-missing-not-valid': 'Add the constraint NOT VALID, and validate it in a migration of its own.',
  'adding-foreign-key-constraint': 'Add the key NOT VALID, and validate it in a migration of its own.',
  'disallowed-unique-constraint':
    'Create a unique index instead, in a migration "contract_from_" of the next release.',
};

/** Rules whose purpose is served in another way, or that are a matter of taste. */
const NOT_APPLIED = [
  // Migrations run in a transaction, with a time-out of their locks: kernel/db/migrate.ts.
  'require-concurrent-index-creation',
  'require-concurrent-index-deletion',
  'require-concurrent-partition-detach',
  'require-concurrent-reindex',
  'require-lock-timeout',
  'require-statement-timeout',
  'prefer-robust-stmts',
  // Types are a matter of the Prisma schema.
  'prefer-bigint-over-int',
  'prefer-bigint-over-smallint',
  'prefer-identity',
  'prefer-text-field',
  'prefer-timestamptz',
  'ban-char-field',
];

/** A contracting migration may do these, once no statement of the former release needs what it takes away. */
const CONTRACTIONS = new Set([
  'ban-drop-column',
  'ban-drop-table',
  'adding-not-nullable-field',
  'disallowed-unique-constraint',
]);

interface Finding {
  readonly line: number;
  readonly message: string;
  readonly rule_name: string;
}

/** The errors of a migration, a sentence each with its line, its rule and the way round. @throws Error where squawk cannot run. */
export function lintMigration({ name, script }: Pick<Migration, 'name' | 'script'>): string[] {
  const isContracting = contractedFrom(name) !== undefined;
  return findingsOf(script)
    .filter((finding) => !isContracting || !CONTRACTIONS.has(finding.rule_name))
    .map(({ line, message, rule_name: rule }) =>
      [`${name}, line ${line + 1}: ${message} (${rule})`, WAYS[rule]].filter(Boolean).join(' '),
    );
}

function findingsOf(script: string): Finding[] {
  const program = path.join(path.dirname(require.resolve('squawk-cli/package.json')), 'js/bin/squawk');
  const options = [
    '--assume-in-transaction',
    '--pg-version=18',
    '--reporter=json',
    `--exclude=${NOT_APPLIED.join(',')}`,
  ];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, ...options], {
    input: script,
    encoding: 'utf8',
  });
  // 1: there are findings.
  if (error || (status !== 0 && status !== 1)) throw new Error(`squawk failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout || '[]') as Finding[];
}
