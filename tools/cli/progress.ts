/** Progress on the standard error: one line that changes at a terminal, otherwise a line now and then. */
const LINE_EVERY_MS = 2_000;

export interface Progress {
  /** @param total 0 while it is unknown. */
  show(done: number, total: number): void;
  end(): void;
}

/** @param noun what is counted, in the plural. */
export function showProgress(noun: string): Progress {
  const { stderr } = process;
  let last = { text: '', atMs: -Infinity };
  const number = new Intl.NumberFormat('en');
  return {
    show(done, total) {
      const text =
        total === 0 ? `Reading the file …` : `${number.format(done)} of ${number.format(total)} ${noun}`;
      const now = performance.now();
      if (text === last.text) return;
      if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`);
      else if (now - last.atMs < LINE_EVERY_MS && done < total) return;
      else stderr.write(`${text}\n`);
      last = { text, atMs: now };
    },
    end() {
      if (stderr.isTTY && last.text !== '') stderr.write('\n');
    },
  };
}
