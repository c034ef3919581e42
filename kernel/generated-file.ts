import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A file that is generated but committed, so that readers and other programs need not generate it. */
export interface GeneratedFile {
  /** Its absolute path. */
  readonly file: string;
  readonly text: string;
  /** The command that generates it, for the message: "npm run compose". */
  readonly command: string;
}

/** Whether the command line asks to check generated files and to write none. */
export const CHECK_ONLY = process.argv.includes('--check');

/**
 * Writes a file where its text has changed.
 * @param checkOnly writes nothing.
 * @returns whether the file was stale.
 */
export function writeStale({ file, text }: Omit<GeneratedFile, 'command'>, checkOnly = CHECK_ONLY): boolean {
  const stale = !existsSync(file) || readFileSync(file, 'utf8') !== text;
  if (stale && !checkOnly) writeFileSync(file, text);
  return stale;
}

/**
 * Writes a generated file and says so; with `--check` on the command line it writes nothing.
 * @returns the exit code: 1 where it was to be checked and is stale.
 */
export function keepFresh({ file, text, command }: GeneratedFile): number {
  const name = path.relative(process.cwd(), file);
  const stale = writeStale({ file, text });
  if (stale && CHECK_ONLY) {
    process.stderr.write(`${name} is stale: run "${command}" and commit it.\n`);
    return 1;
  }
  process.stdout.write(`${name} ${stale ? 'written' : 'is fresh'}\n`);
  return 0;
}
