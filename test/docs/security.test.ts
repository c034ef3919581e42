/** The security chapter names a test for each threat; here each of them is there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const text = readFileSync(path.join(ROOT, 'docs/SECURITY.md'), 'utf8');

it('names a test for each threat and each risk', () => {
  const rows = text
    .split('\n')
    .filter((line) => /^\| (?!-|threat|risk|point)/.test(line) && line.split(' | ').length === 3);
  expect(rows.filter((row) => !/`test\/[\w./-]+\.test\.ts`/.test(row))).toEqual([]);
});

it('names tests and pages that exist', () => {
  const tests = [...text.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, file]) => file!);
  const pages = [...text.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, page]) => path.join('docs', page!));
  expect([...new Set([...tests, ...pages])].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});
