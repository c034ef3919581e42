/** Files of rows that were made to fill the memory, or to be misread: each is read to its end, or refused, in a heap of 64 MB. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { ZipFile } from 'yazl';

type Content = string | Iterable<string>;

const HEADER = 'sku,name,price\n';
const MB = 1024 * 1024;

/** A text, again and again. */
function* times(count: number, text: string, before = '', after = ''): Generator<string> {
  yield before;
  const block = text.repeat(Math.max(1, Math.floor(65_536 / text.length)));
  const blocks = Math.floor((count * text.length) / block.length);
  for (let at = 0; at < blocks; at += 1) yield block;
  yield text.repeat(count - (blocks * block.length) / text.length);
  yield after;
}

/** Shared texts, each another one. */
function* names(count: number): Generator<string> {
  yield '<sst>';
  for (let at = 0; at < count; at += 1_000) {
    yield Array.from(
      { length: 1_000 },
      (_, index) => `<si><t>name ${((at + index) * 7919) % count}</t></si>`,
    ).join('');
  }
  yield '</sst>';
}

const RELS = '<R><Relationship Id="a" Target="s.xml"/></R>';
const BOOK = '<workbook><sheets><sheet r:id="a" xmlns:r="r"/></sheets></workbook>';
const HEAD_ROW =
  '<row r="1"><c r="A1" t="str"><v>sku</v></c><c r="B1" t="str"><v>name</v></c><c r="C1" t="str"><v>price</v></c></row>';
const sheet = (body: string) => `<worksheet><sheetData>${HEAD_ROW}${body}</sheetData></worksheet>`;
const book = (parts: Record<string, Content>) => ({
  'xl/workbook.xml': BOOK,
  'xl/_rels/workbook.xml.rels': RELS,
  ...parts,
});

/** Every kind of upload, and what becomes of it. */
const CSV: Readonly<Record<string, readonly [content: Content, outcome: Record<string, unknown>]>> = {
  'one row of 99 MB of commas': [times(99 * MB, ','), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'commas below a header': [times(20 * MB, ',', HEADER), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a cell of 30 MB': [times(30 * MB, 'x', HEADER), { outcome: 'VALIDATION_FAILED' }],
  'a quote that is never closed': [times(20 * MB, 'a,b,c\n', `${HEADER}"`), { outcome: 'VALIDATION_FAILED' }],
  'quotes and nothing else': [times(30 * MB, '"', HEADER), { outcome: 'VALIDATION_FAILED' }],
  'pairs of quotes between commas': [times(10 * MB, '"",', HEADER), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a header of 100,000 columns': [times(100_000, 'x,'), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a header of 501 columns': [`${'x,'.repeat(500)}sku\nA\n`, { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a header whose title is long': [`sku,${'n'.repeat(501)}\nA\n`, { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a header of 500 unknown columns': [`sku,${'é,'.repeat(498)}\nA\n`, { outcome: 'read', rows: 1, warnings: 101 }],
  'rows of 60,000 cells': [times(10, `${'1,'.repeat(60_000)}\n`, HEADER), { outcome: 'read', rows: 10, faulty: 10 }],
  'line breaks alone': [times(5 * MB, '\n'), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'line breaks below a header': [times(100_000, '\r\n', HEADER), { outcome: 'read', rows: 0 }],
  'blank rows': [times(100_000, ',\n', HEADER), { outcome: 'read', rows: 0 }],
  'blanks without end': [times(5 * MB, ' ', HEADER), { outcome: 'VALIDATION_FAILED' }],
  'old line ends': [`sku,name,price\rA,Apple,1\rB,Bread,2\r`, { outcome: 'read', rows: 2, faulty: 0 }],
  'NUL and nothing else': [times(10 * MB, '\0'), { outcome: 'VALIDATION_FAILED' }],
  'NUL in cells': [`${HEADER}A\0,Ap\0ple,1\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'a separator of its own': ['sep=^\nsku^name^price\nA^Apple^1\n', { outcome: 'read', rows: 1, faulty: 0 }],
  'a separator that is a quote': ['sep="\nsku,name\nA,1\n', { outcome: 'VALIDATION_FAILED' }],
  'a number without end': [`${HEADER}A,Apple,${'9'.repeat(100_000)}\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'marks without end': [`${HEADER}A,Apple,1${'.,'.repeat(50_000)}1\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'groups without end': [`${HEADER}A,Apple,"1${"'111".repeat(50_000)}x"\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'minus signs without end': [`${HEADER}A,Apple,${'-'.repeat(100_000)}1\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'currencies without end': [`${HEADER}A,Apple,${'€ '.repeat(50_000)}\n`, { outcome: 'read', rows: 1, faulty: 1 }],
  'formulas without end': [`${HEADER}A,"=""${'""'.repeat(50_000)}""",1\n`, { outcome: 'read', rows: 1 }],
}; // prettier-ignore

const XLSX: Readonly<Record<string, readonly [parts: Record<string, Content>, outcome: Record<string, unknown>]>> = {
  'a sheet that unpacks to 100 MB of zeros': [book({ 'xl/s.xml': times(100 * MB, '0', '<worksheet>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a text that never ends': [book({ 'xl/s.xml': times(15 * MB, '0', '<worksheet><sheetData><row><c t="str"><v>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a comment that never ends': [book({ 'xl/s.xml': times(15 * MB, '0', '<worksheet><!--') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'an attribute that never ends': [book({ 'xl/s.xml': times(15 * MB, '0', '<worksheet a="') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'elements that nest': [book({ 'xl/s.xml': times(2_000_000, '<a>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'shared texts without end': [book({ 'xl/s.xml': sheet(''), 'xl/sharedStrings.xml': times(2_100_000, '<si><t>é</t></si>', '<sst>', '</sst>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a shared text without end': [book({ 'xl/s.xml': sheet(''), 'xl/sharedStrings.xml': times(3 * MB, 'x', '<sst><si><t>') }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'a million shared texts': [book({ 'xl/s.xml': sheet('<row r="2"><c t="s"><v>999999</v></c></row>'), 'xl/sharedStrings.xml': names(1_000_000) }), { outcome: 'read', rows: 1 }],
  'a shared text that is not there': [book({ 'xl/s.xml': sheet('<row r="2"><c t="s"><v>7</v></c></row>') }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'a cell in the last column': [book({ 'xl/s.xml': '<worksheet><row r="1"><c r="XFD1" t="str"><v>sku</v></c></row></worksheet>' }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'a cell in no column': [book({ 'xl/s.xml': '<worksheet><row r="1"><c r="ZZZZZ1" t="str"><v>sku</v></c></row></worksheet>' }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'a row of a huge number': [book({ 'xl/s.xml': sheet('<row r="4294967295"><c t="str"><v>A</v></c></row>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'rows in no order': [book({ 'xl/s.xml': '<worksheet><row r="9"/><row r="2"/></worksheet>' }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'rows without cells': [book({ 'xl/s.xml': times(1_100_000, '<row/>', '<worksheet>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'cells of one row without end': [book({ 'xl/s.xml': times(1_000_000, '<c><v>1</v></c>', '<worksheet><row>') }), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'numbers that are none': [book({ 'xl/s.xml': sheet('<row r="2"><c><v>NaN</v></c></row>') }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'entities that expand': [book({ 'xl/s.xml': '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet><row><c t="str"><v>&b;</v></c></row></worksheet>' }), { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'a path out of the archive': [{ 'xl/workbook.xml': BOOK, 'xl/_rels/workbook.xml.rels': '<R><Relationship Id="a" Target="../../../etc/passwd"/></R>' }, { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
  'parts without end': [Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`p${at}`, 'x'])), { outcome: 'PAYLOAD_TOO_LARGE' }],
  'no workbook': [{ 'readme.txt': 'x' }, { outcome: 'UNSUPPORTED_MEDIA_TYPE' }],
}; // prettier-ignore

async function zip(file: string, parts: Record<string, Content>): Promise<void> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(parts)) {
    archive.addReadStream(
      Readable.from(typeof content === 'string' ? [content] : content, { objectMode: false }),
      name,
    );
  }
  archive.end();
  await pipeline(archive.outputStream, createWriteStream(file));
}

it('are read or refused in a small heap, whatever stands in them', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pospro-hostile-'));
  const expected: Record<string, unknown>[] = [];
  try {
    for (const [name, [content, outcome]] of Object.entries(CSV)) {
      const chunks = Readable.from(typeof content === 'string' ? [content] : content, { objectMode: false });
      await pipeline(chunks, createWriteStream(path.join(folder, `${name}.csv`)));
      expected.push({ name: `${name}.csv`, ...outcome });
    }
    for (const [name, [parts, outcome]] of Object.entries(XLSX)) {
      await zip(path.join(folder, `${name}.xlsx`), parts);
      expected.push({ name: `${name}.xlsx`, ...outcome });
    }
    const script = path.join(__dirname, 'read-tables.ts');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--max-old-space-size=64', '--import', 'tsx', script, folder],
      { maxBuffer: 10 * MB, env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const byName = (list: readonly Record<string, unknown>[]) =>
      [...list].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
    expect(byName(told)).toEqual(byName(expected).map((one) => expect.objectContaining(one) as unknown));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
