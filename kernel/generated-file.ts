import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A file that is made from others and committed all the same, so that readers and other programs need not make it. */
export interface GeneratedFile {
  /** Its absolute path. */
  readonly file: string;
  readonly text: string;
  /** What makes it, for the message: "npm run compose". */
  readonly command: string;
}

/**
 * Writes a generated file; with `--check` on the command line it writes nothing.
 * @returns the exit code: 1 where it was to be checked and is stale.
 */
export function keepFresh({ file, text, command }: GeneratedFile): number {
  const name = path.basename(file);
  const fresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (fresh) {
    process.stdout.write(`${name} is fresh\n`);
    return 0;
  }
  if (process.argv.includes('--check')) {
    process.stderr.write(`${name} is stale: run "${command}" and commit it.\n`);
    return 1;
  }
  writeFileSync(file, text);
  process.stdout.write(`${name} written\n`);
  return 0;
}
