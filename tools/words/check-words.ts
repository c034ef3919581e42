/**
 * `npm run words`: finds the words that docs/GLOSSARY.md and docs/STYLE.md ban and the file names that STYLE.md rules out; prints where
 * each stands and what to write instead.
 *
 * Until all are rewritten, allowance.json has the number that a folder may have. A number only falls: one that rose is an error, one that
 * fell is lowered (an error with `--check`, as in `npm run check`). With paths it prints every finding below them:
 * `npm run words -- subgraphs/orders`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { groupBy } from '#kernel/collections';
import { readBannedWords } from './banned-words.rules';
import { fileNameErrors } from './file-names.rules';
import { wordFinder, type Finding } from './find-words.rules';
import { passagesOf } from './passages';

const ROOT = path.resolve(__dirname, '../..');
const ALLOWANCE = path.join(__dirname, 'allowance.json');
const PAGES = ['docs/GLOSSARY.md', 'docs/STYLE.md'];

/** Tests and benchmarks, which users do not read; the files of others and generated ones. */
const NOT_READ =
  /^(node_modules|test|bench|coverage|dist|web\/dist|clients\/\w+\/dist|\..*)\/|^prisma\/(client|migrations)\/|\.generated\.\w+$|^docs\/PERMISSIONS\.md$|^supergraph\.graphql$/;

interface FileFinding extends Finding {
  file: string;
}

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

function sourceFiles(folder = ''): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const below = folder + entry.name;
    if (entry.isDirectory()) return NOT_READ.test(`${below}/`) ? [] : sourceFiles(`${below}/`);
    return !entry.isFile() || NOT_READ.test(below) ? [] : [below];
  });
}

/** The folder whose count a file belongs to: its domain, else the folder below the root. */
function folderOf(file: string): string {
  const [top, second, ...rest] = file.split('/');
  if (second === undefined) return '.';
  return top === 'subgraphs' && rest.length > 0 ? `${top}/${second}` : top!;
}

function findAll(): FileFinding[] {
  const find = wordFinder(PAGES.flatMap((page) => readBannedWords(read(page))));
  const files = sourceFiles();
  const names = fileNameErrors(files).map(({ file, write }) => ({
    file,
    line: 1,
    found: path.basename(file),
    write,
  }));
  const words = files.flatMap((file) =>
    passagesOf(file, read(file))
      .flatMap(find)
      .map((finding) => ({ file, ...finding })),
  );
  return [...names, ...words].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

function report(findings: readonly FileFinding[]): void {
  for (const { file, line, found, write } of findings)
    process.stdout.write(`${file}:${line}: "${found}": write ${write}\n`);
}

function main(check: boolean, paths: readonly string[]): number {
  const findings = findAll();
  const byFolder = groupBy(findings, ({ file }) => folderOf(file));
  report(findings.filter(({ file }) => paths.some((below) => file.startsWith(below))));

  const allowed = JSON.parse(readFileSync(ALLOWANCE, 'utf8')) as Record<string, number>;
  const risen = [...byFolder].filter(([folder, { length }]) => length > (allowed[folder] ?? 0));
  for (const [folder, found] of risen) {
    report(found);
    process.stdout.write(
      `${folder}: ${found.length} banned words, ${allowed[folder] ?? 0} allowed. See docs/STYLE.md.\n`,
    );
  }
  if (risen.length > 0) return 1;

  const counts = Object.fromEntries(
    [...byFolder]
      .map(([folder, { length }]) => [folder, length] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const text = `${JSON.stringify(counts, null, 2)}\n`;
  if (text === readFileSync(ALLOWANCE, 'utf8')) return 0;
  if (check) {
    process.stderr.write(
      'tools/words/allowance.json allows more than there is: run "npm run words" and commit it.\n',
    );
    return 1;
  }
  writeFileSync(ALLOWANCE, text);
  process.stdout.write('tools/words/allowance.json lowered\n');
  return 0;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
process.exitCode = main(values.check, positionals);
