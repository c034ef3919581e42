/** docs/RELIABILITY.md names tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

it('has a test for each promise', () => {
  const page = readFileSync(path.join(ROOT, 'docs/RELIABILITY.md'), 'utf8');
  const promises = page.split('\n').filter((line) => /^\| [A-Z]/.test(line));
  expect(promises.length).toBeGreaterThan(15);
  const missing = promises.flatMap((line) => {
    const files = [...line.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file!);
    return files.length === 0 ? [line] : files.filter((file) => !existsSync(path.join(ROOT, file)));
  });
  expect(missing).toEqual([]);
});
