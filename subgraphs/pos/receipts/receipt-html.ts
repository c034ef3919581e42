/** A receipt as a self-contained HTML page that prints on a roll or a sheet. Pure. */
import type { ReceiptLayout, ReceiptRow } from './receipt-layout';
import type { PaperWidth } from './receipt-lines.rules';

/**
 * The only margin on paper is the strip that the printer of a roll leaves white, 4 mm on either side; the width is that of the paper,
 * 80 or 58 mm. Each text has its own direction (dir=auto), so that Arabic and Hebrew read correctly among others; the columns have the
 * direction of the receipt, whatever that of their texts. A word that is longer than the line is broken, so that it never pushes an
 * amount off the paper.
 */
function styleOf({ rightToLeft }: ReceiptLayout): string {
  const [start, end] = rightToLeft ? ['right', 'left'] : ['left', 'right'];
  return (
    'body{font:14px/1.4 system-ui,sans-serif;margin:1rem auto;color:#000;overflow-wrap:anywhere}' +
    'header,footer,.mark{text-align:center}' +
    'table{width:100%;border-collapse:collapse;border-top:1px dashed #000;margin:.5rem 0}' +
    `tr,.code{break-inside:avoid}td,th{padding:.1rem 0;vertical-align:top;text-align:${start}}th{font-weight:normal}` +
    `td+td,th+th{text-align:${end};vertical-align:bottom;white-space:nowrap;padding-${start}:.5rem}` +
    `.detail td{font-size:.85em}.detail td:first-child{padding-${start}:.75rem}` +
    '.strong td{font-weight:bold;font-size:1.15em}.mark{font-weight:bold}.logo{max-width:60%;max-height:6rem}' +
    '.code svg{width:9rem;height:9rem}h1{font-size:1.2em;margin:0;unicode-bidi:plaintext}' +
    '@page{margin:0}@media print{body{font-size:11px;margin:0 auto;padding:4mm}}'
  );
}

/** Printable width of the paper. */
const PRINTED_WIDTH: Readonly<Record<PaperWidth, string>> = { 58: '50mm', 80: '72mm' };

/** The parts of a page that the layout does not have. */
export interface HtmlParts {
  /** The receipt's number, for the page's title. */
  number: string;
  /** The QR code as SVG, with the white border that a reader needs. */
  qrSvg: string;
  /** An image as a data URI. */
  logo: string | null;
  paper: PaperWidth;
}

export function receiptHtml(layout: ReceiptLayout, { number, qrSvg, logo, paper }: HtmlParts): string {
  const paragraphs = (lines: readonly string[]) =>
    lines.map((line) => `<div dir="auto">${escape(line)}</div>`).join('');
  const taxes = layout.taxes
    .map((row) => [row.rate, row.net, row.tax].map((text) => `<td dir="auto">${escape(text)}</td>`).join(''))
    .map((cells) => `<tr>${cells}</tr>`)
    .join('');
  const taxTitles = layout.taxTitles.map((title) => `<th dir="auto">${escape(title)}</th>`).join('');
  const direction = layout.rightToLeft ? 'rtl' : 'ltr';
  return [
    `<!doctype html><html lang="${escape(layout.language)}" dir="${direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escape(number)}</title><style>${styleOf(layout)}body{max-width:${PRINTED_WIDTH[paper]}}</style></head><body>`,
    `<header>${logo ? `<img class="logo" alt="" src="${escape(logo)}">` : ''}<h1>${escape(layout.title)}</h1>${paragraphs(layout.head)}</header>`,
    ...layout.marks.map((mark) => `<p class="mark" dir="auto">${escape(mark)}</p>`),
    table(layout.details),
    table(layout.items),
    table(layout.totals),
    layout.tenders.length > 0 ? table(layout.tenders) : '',
    `<table><thead><tr>${taxTitles}</tr></thead><tbody>${taxes}</tbody></table>`,
    `<footer>${paragraphs(layout.foot)}<div class="code">${qrSvg}</div></footer></body></html>`,
  ].join('');
}

function table(rows: readonly ReceiptRow[]): string {
  const row = ({ left, right, detail, strong }: ReceiptRow) => {
    const kind = strong ? ' class="strong"' : detail ? ' class="detail"' : '';
    if (!right) return `<tr${kind}><td colspan="2" dir="auto">${escape(left)}</td></tr>`;
    return `<tr${kind}><td dir="auto">${escape(left)}</td><td dir="auto">${escape(right)}</td></tr>`;
  };
  return `<table><tbody>${rows.map(row).join('')}</tbody></table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
