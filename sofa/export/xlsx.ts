/**
 * Tables as XLSX: a ZIP that is packed while its only sheet is being written, so that it needs no more memory
 * than CSV.
 */
import { Readable, type PassThrough } from 'node:stream';
import { ZipFile } from 'yazl';
import type { TablePlan } from './table-plan';
import type { TableWriter } from './table-writer';
import { SHEET_PART, workbookParts } from './xlsx-parts.rules';
import { SheetXml, checkRowTotal } from './xlsx-sheet.rules';

/** @param madeAt the timestamp of the parts of the file. */
export function xlsxWriter(plan: TablePlan, sheetName: string, madeAt: Date): TableWriter {
  const sheet = new SheetXml(plan);
  return {
    start: () => sheet.start(),
    rows: (objects) => sheet.rows(objects),
    end: () => sheet.end(),
    checkTotal: checkRowTotal,
    file: (text) => packed(sheetName, madeAt, text),
  };
}

function packed(sheetName: string, mtime: Date, text: AsyncIterable<string>): Readable {
  const zip = new ZipFile();
  // The types of yazl are narrower than its behaviour.
  const output = zip.outputStream as PassThrough;
  const sheet = Readable.from(text, { objectMode: false });
  zip.on('error', (error: Error) => output.destroy(error));
  // yazl propagates neither errors nor an early end between its streams.
  sheet.on('error', (error) => output.destroy(error));
  output.on('close', () => sheet.destroy());
  for (const [name, xml] of workbookParts(sheetName)) zip.addBuffer(Buffer.from(xml), name, { mtime });
  zip.addReadStream(sheet, SHEET_PART, { mtime });
  zip.end();
  return output;
}
