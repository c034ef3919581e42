/** A statement as a self-contained HTML page that prints on a sheet. Pure. */
import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import type { CustomerStatement } from './statement';

const STYLE =
  'body{font:14px/1.4 system-ui,sans-serif;max-width:52rem;margin:2rem auto;color:#000;overflow-wrap:anywhere}' +
  'table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:.25rem .5rem .25rem 0;border-bottom:1px solid #ccc}' +
  'td.n,th.n{text-align:right;white-space:nowrap}tr.b td{font-weight:bold}@page{margin:15mm}';

/** The page; each text has its own direction (dir=auto), so that Arabic and Hebrew read correctly. */
export function statementHtml(statement: CustomerStatement, organizationName: string): string {
  const { currency, from, to, entries } = statement;
  const money = (amount: Decimal) => formatMoney(amount, currency);
  const balance = (day: string, text: string, amount: Decimal) =>
    `<tr class="b"><td>${day}</td><td colspan="3">${text}</td><td class="n">${money(amount)}</td></tr>`;
  const rows = entries.map(
    ({ businessDate, kind, dueDate, amount, balance: after }) =>
      `<tr><td>${businessDate}</td><td>${kind}</td><td>${dueDate ?? ''}</td><td class="n">${money(amount)}</td><td class="n">${money(after)}</td></tr>`,
  );
  const title = `Statement ${from} to ${to}`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head><body>`,
    `<p dir="auto">${escape(organizationName)}</p><h1>${title}</h1><p dir="auto">${escape(statement.customerName)}</p>`,
    `<table><thead><tr><th>Date</th><th>Entry</th><th>Due</th><th class="n">Amount</th><th class="n">Balance (${currency})</th></tr></thead><tbody>`,
    balance(from, 'Balance before', statement.balanceBefore),
    ...rows,
    balance(to, 'Balance', statement.balanceAfter),
    '</tbody></table></body></html>',
  ].join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
