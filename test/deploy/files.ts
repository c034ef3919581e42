/** Files of the repository, by their paths from its root. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '../..');

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
