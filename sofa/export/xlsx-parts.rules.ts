/**
 * The parts of a workbook beside its sheet: the table of contents, and the cell styles (ECMA-376, part 1,
 * sections 12.3 and 18.8). Pure.
 */
import { escapeXlsxText } from '#kernel/xlsx-format.rules';

/** The cell styles, by their place in `cellXfs`. 0 is that of numbers. */
export const XLSX_STYLES = { text: 1, header: 2 } as const;

export const SHEET_PART = 'xl/worksheets/sheet1.xml';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const PART_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** The longest name of a sheet in Excel. */
const MAX_SHEET_NAME = 31;

/** The parts by their names, in the order of the file: a reader finds the types first. */
export function workbookParts(sheetName: string): ReadonlyMap<string, string> {
  const name = escapeXlsxText(sheetName.slice(0, MAX_SHEET_NAME));
  return new Map([
    ['[Content_Types].xml', `${DECLARATION}${contentTypes}`],
    ['_rels/.rels', relationships([`Id="rId1" Type="${DOCUMENT}/officeDocument" Target="xl/workbook.xml"`])],
    [
      'xl/workbook.xml',
      `${DECLARATION}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets><sheet name="${name}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      relationships([
        `Id="rId1" Type="${DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"`,
        `Id="rId2" Type="${DOCUMENT}/styles" Target="styles.xml"`,
      ]),
    ],
    ['xl/styles.xml', `${DECLARATION}${styles}`],
  ]);
}

const contentTypes = [
  `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`,
  '<Default Extension="xml" ContentType="application/xml"/>',
  `<Override PartName="/xl/workbook.xml" ContentType="${PART_TYPE}.sheet.main+xml"/>`,
  `<Override PartName="/${SHEET_PART}" ContentType="${PART_TYPE}.worksheet+xml"/>`,
  `<Override PartName="/xl/styles.xml" ContentType="${PART_TYPE}.styles+xml"/></Types>`,
].join('');

/**
 * Excel requires two fills, of which the second is its own. 49 is the format "text": input into such a cell is
 * not converted.
 */
const styles = [
  `<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>`,
  '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>',
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>',
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
  '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>',
  '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>',
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
].join('');

function relationships(each: readonly string[]): string {
  return `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${each.map((one) => `<Relationship ${one}/>`).join('')}</Relationships>`;
}
