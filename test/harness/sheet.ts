/** Reads a workbook as it stands in its XML, without the reader that is under test elsewhere. */
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';

export interface SheetCell {
  /** "B2". */
  readonly place: string;
  /** `n` for a number, `b` for a boolean, `inlineStr` for a text. */
  readonly type: string;
  readonly style: string;
  /** As Excel shows it: escapes of OOXML are undone. */
  readonly text: string;
}

export interface Sheet {
  /** The names of the parts, in the order of the file. */
  readonly parts: readonly string[];
  readonly rows: readonly (readonly SheetCell[])[];
  /** The XML of a part. */
  xml(part: string): string;
}

/** @throws Error for what is no ZIP, or a part that is not well-formed XML. */
export async function readSheet(bytes: Buffer): Promise<Sheet> {
  const parts = await unzipped(bytes);
  for (const xml of parts.values()) new SaxesParser().write(xml).close();
  const rows: SheetCell[][] = [];
  let cell: { place: string; type: string; style: string } | undefined;
  let text = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'row') rows.push([]);
    if (name !== 'c') return;
    cell = { place: attributes.r!, type: attributes.t ?? 'n', style: attributes.s ?? '0' };
    text = '';
  });
  parser.on('text', (piece) => (text += piece));
  parser.on('closetag', ({ name }) => {
    if (name === 'c')
      rows.at(-1)!.push({
        ...cell!,
        text: text.replace(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
      });
  });
  parser.write(parts.get('xl/worksheets/sheet1.xml')!).close();
  return { parts: [...parts.keys()], rows, xml: (part) => parts.get(part)! };
}

/** The cells of a sheet as texts, under the titles of its first row; cells that are empty are "". */
export function recordsOf({ rows }: Sheet): Record<string, string>[] {
  const [header, ...below] = rows;
  const titles = header!.map(({ place, text }) => [place.replace(/\d+/, ''), text] as const);
  return below.map((cells) => {
    const texts = new Map(cells.map(({ place, text }) => [place.replace(/\d+/, ''), text]));
    return Object.fromEntries(titles.map(([letters, title]) => [title, texts.get(letters) ?? '']));
  });
}

async function unzipped(bytes: Buffer): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>)
      chunks.push(chunk);
    parts.set(entry.fileName, Buffer.concat(chunks).toString());
  }
  return parts;
}
