/** The shared texts of a workbook, by number: the only part that must be kept while its rows are read. */
import { unescapeXlsxText } from '../xlsx-format.rules';
import type { Archive } from './xlsx-archive';
import { broken, tooMuch } from './xlsx-archive';

const PART = 'xl/sharedStrings.xml';
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_STRINGS = 2_000_000;
/** Excel limits a cell to 32,767 characters; some programs write more. */
const MAX_LENGTH = 131_072;

/** Texts in UTF-8 outside of the heap: two million short JavaScript strings would take a hundred megabytes of it. */
export class SharedStrings {
  private bytes = Buffer.alloc(65_536);
  private ends = new Uint32Array(1_024);
  private count = 0;

  /** @throws PosProError 413 for too much text. */
  static async read(archive: Archive): Promise<SharedStrings> {
    const strings = new SharedStrings();
    if (!archive.has(PART)) return strings;
    let current = '';
    let inText = false;
    // Phonetic readings (rPh) are not part of a text.
    let phonetic = false;
    const handlers = {
      open: (tag: string) => {
        if (tag === 'si') current = '';
        if (tag === 'rPh') phonetic = true;
        inText = tag === 't' && !phonetic;
      },
      close: (tag: string) => {
        if (tag === 'si') strings.add(unescapeXlsxText(current));
        if (tag === 'rPh') phonetic = false;
        if (tag === 't') inText = false;
      },
      text: (text: string) => {
        if (inText) current += text;
        if (current.length > MAX_LENGTH) throw tooMuch();
      },
    };
    await archive.parseWhole(PART, handlers, () => strings.count);
    return strings;
  }

  private add(text: string): void {
    const from = this.count === 0 ? 0 : this.ends[this.count - 1]!;
    const end = from + Buffer.byteLength(text);
    if (end > MAX_BYTES || this.count >= MAX_STRINGS) throw tooMuch();
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes], Math.min(MAX_BYTES, 2 * end));
    if (this.count === this.ends.length) {
      const more = new Uint32Array(2 * this.count);
      more.set(this.ends);
      this.ends = more;
    }
    this.bytes.write(text, from);
    this.ends[this.count] = end;
    this.count += 1;
  }

  /** @throws PosProError 415 for an unknown number. */
  at(number: string): string {
    const index = Number(number);
    if (!/^\d{1,9}$/.test(number.trim()) || index >= this.count)
      return broken(new Error(`There is no shared string ${number}.`));
    return this.bytes.toString('utf8', index === 0 ? 0 : this.ends[index - 1]!, this.ends[index]);
  }
}
