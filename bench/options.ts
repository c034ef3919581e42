import { parseArgs } from 'node:util';

export interface Options {
  /** Names of rows; empty means all. */
  readonly rows: readonly string[];
  /** Whether to measure the rows that grow with the shop at several sizes. */
  readonly scale: boolean;
  /** Whether to leave the committed figures unchanged. */
  readonly dry: boolean;
  readonly seconds: number;
}

/** With the cold start and the warm-up, a side of a row then takes ten seconds. */
const DEFAULT_SECONDS = 6;

export const USAGE = `npm run bench -- [row …] [--scale] [--seconds n] [--dry]

  row …        only these rows
  --scale      rows that grow with the shop, at 10,000, 200,000 and 1,000,000 products
  --seconds n  seconds of measuring for each side of a row; ${DEFAULT_SECONDS} by default
  --dry        print the figures and do not write them`;

/** @throws Error for an invalid command line, with the message to print. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: { type: 'boolean', default: false },
      dry: { type: 'boolean', default: false },
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds must be a positive number, not "${values.seconds}".`);
  return { rows: positionals, scale: values.scale, dry: values.dry, seconds };
}
