/** A receipt as plain text. */
import { iterateInTurns } from './iterate-in-turns';
import type { ReceiptLayout } from './receipt-layout';
import { COLUMNS, lineText, receiptLines, type PaperWidth } from './receipt-lines.rules';

/** The receipt in lines of the paper's columns, each ended with a line feed. */
export async function receiptText(layout: ReceiptLayout, paper: PaperWidth): Promise<string> {
  const columns = COLUMNS[paper];
  let text = '';
  for await (const line of iterateInTurns(receiptLines(layout, columns)))
    text += `${lineText(line, columns)}\n`;
  return text;
}
