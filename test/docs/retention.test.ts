/** docs/OPERATIONS.md has what happens to the rows of each table, as the domains declare it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { snake } from '#kernel/casing';
import { RETENTION_LIMITS, type RetentionRule } from '#kernel/retention';
import { retentionOf, retentionRules } from '#subgraphs/admin/retention/prune-rows.worker';
import { subgraphs } from '#subgraphs/list';

/** The rows of the table and the items of the list below a heading, without the padding. */
function rowsBelow(heading: string): string[] {
  const page = readFileSync(path.resolve(__dirname, '../../docs/OPERATIONS.md'), 'utf8');
  const section = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return section
    .split('\n')
    .filter((line) => /^(\| |- )`/.test(line))
    .map((line) => line.replace(/ +/g, ' '));
}

const daysOf = (ms: number) => `${ms / 86_400_000} days`;

function timeOf({ keep }: RetentionRule): string {
  return typeof keep === 'string'
    ? `setting \`${snake(keep)}\`, ${RETENTION_LIMITS[keep].default} days by default`
    : `${daysOf(keep.ms)}. ${keep.because}`;
}

it('has each rule and each table that stays', () => {
  const rules = retentionRules(subgraphs).map(
    (rule) => `| \`${rule.table}\` | ${rule.rows} | ${timeOf(rule)} |`,
  );
  const reasons = new Map<string, string[]>();
  for (const { because, tables } of retentionOf(subgraphs).flatMap(({ stay = [] }) => stay))
    reasons.set(because, [...(reasons.get(because) ?? []), ...tables]);
  const staying = [...reasons].map(
    ([because, tables]) => `- ${tables.map((table) => `\`${table}\``).join(', ')}: ${because}`,
  );
  // If it fails, paste these lines into the page.
  expect(rowsBelow('Rows that are deleted, and rows that stay')).toEqual([...rules, ...staying]);
});
