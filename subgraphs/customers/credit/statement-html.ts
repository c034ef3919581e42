/** A statement as a self-contained HTML page that prints on a sheet. Pure. */
import type { Decimal } from '#kernel/decimal';
import { messageWriter } from '#kernel/messages/messages.rules';
import { formatMoney } from '#kernel/money';
import type { CustomerStatement } from './statement';

/** The columns have the direction of the language; each name has its own (dir=auto), so that Arabic and Hebrew read correctly in any. */
const STYLE =
  'body{font:14px/1.4 system-ui,sans-serif;max-width:52rem;margin:2rem auto;color:#000;overflow-wrap:anywhere}' +
  'table{width:100%;border-collapse:collapse}th,td{text-align:start;padding-block:.25rem;padding-inline:0 .5rem;border-bottom:1px solid #ccc}' +
  'td.n,th.n{text-align:end;white-space:nowrap}tr.b td{font-weight:bold}@page{margin:15mm}';

/** The page, in the language of the statement. */
export function statementHtml(statement: CustomerStatement, organizationName: string): string {
  const { currency, from, to, entries } = statement;
  const { language, rightToLeft, text, day, decimal } = messageWriter(statement.language);
  const title = text('statement.title', { from: day(from), to: day(to) });
  const number = (amount: Decimal) =>
    `<td class="n"><bdi dir="ltr">${decimal(formatMoney(amount, currency))}</bdi></td>`;
  const head = (label: string, kind = '') => `<th${kind}>${escape(label)}</th>`;
  const balance = (date: string, label: string, amount: Decimal) =>
    `<tr class="b"><td>${day(date)}</td><td colspan="3">${escape(label)}</td>${number(amount)}</tr>`;
  const rows = entries.map(
    ({ businessDate, kind, dueDate, amount, balance: after }) =>
      `<tr><td>${day(String(businessDate))}</td><td>${escape(text(`statementEntry.${kind}`))}</td>` +
      `<td>${dueDate === null ? '' : day(String(dueDate))}</td>${number(amount)}${number(after)}</tr>`,
  );
  const heads = [
    ...(['date', 'entry', 'due'] as const).map((column) => head(text(`statement.${column}`))),
    head(text('statement.amount'), ' class="n"'),
    head(text('statement.balanceIn', { currency }), ' class="n"'),
  ];
  return [
    `<!doctype html><html lang="${escape(language)}" dir="${rightToLeft ? 'rtl' : 'ltr'}"><head><meta charset="utf-8">`,
    `<title>${escape(title)}</title><style>${STYLE}</style></head><body>`,
    `<p dir="auto">${escape(organizationName)}</p><h1>${escape(title)}</h1><p dir="auto">${escape(statement.customerName)}</p>`,
    `<table><thead><tr>${heads.join('')}</tr></thead><tbody>`,
    balance(from, text('statement.balanceBefore'), statement.balanceBefore),
    ...rows,
    balance(to, text('statement.balanceAfter'), statement.balanceAfter),
    '</tbody></table></body></html>',
  ].join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
