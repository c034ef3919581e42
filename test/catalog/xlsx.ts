/** Makes small workbooks as Excel writes them: shared strings, numbers in binary, cells that are left out. */
import { ZipFile } from 'yazl';

export type Cell = string | number | boolean | null;

/** A workbook of one sheet. @param inline texts in the cells themselves, as some programs write them. */
export function workbook(rows: readonly (readonly Cell[])[], { inline = false } = {}): Promise<Buffer> {
  const shared: string[] = [];
  const cell = (value: Cell, row: number, column: number): string => {
    const at = `r="${columnName(column)}${row}"`;
    if (value === null) return '';
    if (typeof value === 'number') return `<c ${at}><v>${value}</v></c>`;
    if (typeof value === 'boolean') return `<c ${at} t="b"><v>${value ? 1 : 0}</v></c>`;
    if (inline) return `<c ${at} t="inlineStr"><is><t>${escaped(value)}</t></is></c>`;
    shared.push(value);
    return `<c ${at} t="s"><v>${shared.length - 1}</v></c>`;
  };
  const body = rows.map((cells, index) => {
    const written = cells.map((value, column) => cell(value, index + 1, column)).join('');
    return cells.length === 0 ? '' : `<row r="${index + 1}">${written}</row>`;
  });
  const strings = shared.map(
    (text) => `<si><r><t xml:space="preserve">${escaped(text)}</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si>`,
  );
  return zipped({
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="Products" sheetId="1" r:id="rId7"/><sheet name="B" r:id="rId8"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId8" Target="worksheets/b.xml"/><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': `<x:worksheet xmlns:x="m"><x:sheetData>${body.join('').replace(/<(\/?)(row|c|v|is|t)(?=[ >])/g, '<$1x:$2')}</x:sheetData></x:worksheet>`,
    ...(inline ? {} : { 'xl/sharedStrings.xml': `<sst>${strings.join('')}</sst>` }),
  });
}

/** A ZIP of texts. */
export async function zipped(parts: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function columnName(column: number): string {
  return column < 26
    ? String.fromCharCode(65 + column)
    : columnName(Math.floor(column / 26) - 1) + columnName(column % 26);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
