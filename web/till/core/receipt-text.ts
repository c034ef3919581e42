/** The receipt of a sale that was made without a connection. It says so: the receipt of the server, with its number, comes later. */

/** Columns of the paper, by its width in millimetres, as the receipts of the server have them. */
const COLUMNS: Readonly<Record<number, number>> = { 58: 32, 80: 42 };

/** The data of a provisional receipt; amounts are formatted. */
export interface ProvisionalReceipt {
  readonly shop: string;
  readonly register: string;
  readonly moment: string;
  readonly reference: string;
  readonly lines: readonly { readonly name: string; readonly detail: string; readonly total: string }[];
  /** Title and amount of each total and tender, in their order. */
  readonly amounts: readonly (readonly [string, string])[];
  /** In millimetres. */
  readonly paperWidth: number;
}

/** Lines of a roll of paper. */
export interface PaperColumns {
  readonly rule: string;
  readonly centre: (text: string) => string;
  /** Two texts at the ends of a line; the left one is cut if both do not fit. */
  readonly pair: (left: string, right: string) => string;
  /** A text on as many lines as it needs. */
  readonly wrap: (text: string) => string[];
}

/** The lines of a paper. @param paperWidth in millimetres: 58 or 80. */
export function paperColumns(paperWidth: number): PaperColumns {
  const columns = COLUMNS[paperWidth] ?? 42;
  return {
    rule: '-'.repeat(columns),
    centre: (text) => {
      const cut = text.slice(0, columns);
      return `${' '.repeat(Math.floor((columns - cut.length) / 2))}${cut}`;
    },
    pair: (left, right) => {
      const room = Math.max(0, columns - right.length - 1);
      return `${left.slice(0, room).padEnd(room)} ${right}`;
    },
    wrap: (text) => text.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [],
  };
}

/** Writes a receipt in columns. */
export function provisionalReceipt(receipt: ProvisionalReceipt): string {
  const { rule, centre, pair, wrap } = paperColumns(receipt.paperWidth);
  return [
    centre(receipt.shop),
    centre('PROVISIONAL RECEIPT'),
    centre('Sold without a connection'),
    rule,
    pair(receipt.register, receipt.moment),
    `Reference ${receipt.reference.slice(0, 8)}`,
    rule,
    ...receipt.lines.flatMap(({ name, detail, total }) => [...wrap(name), pair(`  ${detail}`, total)]),
    rule,
    ...receipt.amounts.map(([title, amount]) => pair(title, amount)),
  ].join('\n');
}
