/** `pospro export`: writes a list of the API as CSV or XLSX, to a file or to the standard output. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { withApi } from './api';
import type { Arguments } from './command';
import { UsageError } from './errors';
import { EXPORT_LISTS, LISTS } from './export-lists';

const FORMATS = ['csv', 'xlsx'];

export async function exportList(given: Arguments): Promise<void> {
  const [name] = given.positionals as [string];
  const route = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined;
  if (route === undefined) throw new UsageError(`Lists to export are: ${EXPORT_LISTS.join(', ')}.`);
  const file = given.text('out');
  const format = given.text('format') ?? (file?.endsWith('.xlsx') ? 'xlsx' : 'csv');
  if (!FORMATS.includes(format)) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
  if (file === undefined && process.stdout.isTTY && format === 'xlsx')
    throw new UsageError('A workbook is not for a terminal: name a file with --out.');
  await withApi(given.text('organization'), async (api) => {
    const { body } = await api.fetch(`${route}?format=${format}`);
    const bytes = Readable.fromWeb(body as ReadableStream);
    if (file === undefined) await pipeline(bytes, process.stdout, { end: false });
    else await pipeline(bytes, createWriteStream(file));
  });
}
