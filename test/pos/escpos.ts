/** A receipt printer on paper of dots: it reads ESC/POS as a printer does, and refuses what it does not know. */
import CodepageEncoder from '@point-of-sale/codepage-encoder';

/** What comes out of the printer, from the top. */
export type Printed =
  | { kind: 'line'; text: string; bold: boolean }
  | {
      kind: 'dots';
      width: number;
      height: number;
      /** Ones are black. */ black: (x: number, y: number) => boolean;
    }
  | { kind: 'picture' | 'code' | 'pulse' | 'cut' };

const [ESC, GS, LF, CR] = [0x1b, 0x1d, 0x0a, 0x0d];
/** Epson's numbers of code pages, as far as the tests need them. */
const PAGES: Readonly<Record<number, Parameters<typeof CodepageEncoder.getCodepoints>[0]>> = {
  0: 'cp437', 2: 'cp850', 3: 'cp860', 4: 'cp863', 5: 'cp865', 13: 'cp857', 14: 'cp737', 15: 'iso8859-7', 16: 'windows1252', 17: 'cp866', 18: 'cp852', 19: 'cp858',
}; // prettier-ignore

/** @throws Error for bytes that are none of the commands known here. */
export function printOut(bytes: Buffer): Printed[] {
  const out: Printed[] = [];
  let [at, page, bold, text] = [0, 0, false, ''];
  const skip = (count: number) => (at += count);
  const escape = () => {
    const command = bytes[at + 1];
    if (command === 0x40) return skip(2);
    if (command === 0x4d || command === 0x61 || command === 0x33 || command === 0x21) return skip(3);
    if (command === 0x45) return ((bold = bytes[at + 2] === 1), skip(3));
    if (command === 0x74) return ((page = bytes[at + 2]!), skip(3));
    if (command === 0x70) return (out.push({ kind: 'pulse' }), skip(5));
    if (command === 0x2a) return (out.push({ kind: 'picture' }), skip(5 + 3 * bytes.readUInt16LE(at + 3)));
    throw new Error(`ESC ${command}`);
  };
  const group = () => {
    const command = bytes[at + 1];
    if (command === 0x28) {
      if (bytes[at + 6] === 81) out.push({ kind: 'code' });
      return skip(5 + bytes.readUInt16LE(at + 3));
    }
    if (command === 0x56) return (out.push({ kind: 'cut' }), skip(bytes[at + 2]! > 1 ? 4 : 3));
    if (command === 0x76) {
      const [wide, height] = [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)];
      const dots = bytes.subarray(at + 8, at + 8 + wide * height);
      if (dots.length < wide * height) throw new Error('Dots are missing.');
      const black = (x: number, y: number) => (dots[y * wide + (x >> 3)]! & (0x80 >> (x & 7))) !== 0;
      out.push({ kind: 'dots', width: wide * 8, height, black });
      return skip(8 + dots.length);
    }
    throw new Error(`GS ${command}`);
  };
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === ESC) escape();
    else if (byte === GS) group();
    else if (byte === CR) skip(1);
    else if (byte === LF) {
      out.push({ kind: 'line', text, bold });
      text = '';
      skip(1);
    } else {
      const name = PAGES[page];
      if (!name) throw new Error(`Code page ${page}`);
      text +=
        byte < 0x80
          ? String.fromCharCode(byte)
          : String.fromCodePoint(CodepageEncoder.getCodepoints(name, true)[byte]!);
      skip(1);
    }
  }
  return out;
}
