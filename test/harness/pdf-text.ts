/** The texts of a PDF that pdfkit has written, in the order in which they were drawn: glyphs are read back by each font's ToUnicode map. */
import { inflateSync } from 'node:zlib';

export function pdfTexts(bytes: Buffer): string[][] {
  return placedPdfTexts(bytes).map((texts) => texts.map(({ text }) => text));
}

/** A text and its left edge, in points from the left edge of the page. */
export interface PlacedText {
  text: string;
  left: number;
}

/** The texts of each page with their places. */
export function placedPdfTexts(bytes: Buffer): PlacedText[][] {
  const file = bytes.toString('latin1');
  const objects = new Map(
    [...file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, id, body]) => [id!, body!]),
  );
  const streamOf = (id: string): string => {
    const [, body] = /stream\n([\s\S]*?)\nendstream/.exec(objects.get(id)!)!;
    const data = Buffer.from(body!, 'latin1');
    return (objects.get(id)!.includes('/FlateDecode') ? inflateSync(data) : data).toString('latin1');
  };
  const glyphsOf = new Map(
    [...objects].flatMap(([id, body]) => {
      const toUnicode = /\/ToUnicode (\d+) 0 R/.exec(body)?.[1];
      return toUnicode ? [[id, glyphMap(streamOf(toUnicode))] as const] : [];
    }),
  );
  const pages = [...objects.values()].filter((body) => body.includes('/Type /Page\n'));
  return pages.map((page) => {
    const resources = objects.get(/\/Resources (\d+) 0 R/.exec(page)![1]!)!;
    const fonts = new Map([...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, id]) => [name!, id!]));
    const content = streamOf(/\/Contents (\d+) 0 R/.exec(page)![1]!);
    let glyphs: ReadonlyMap<string, string> | undefined;
    const texts: PlacedText[] = [];
    let left = 0;
    for (const [, x, font, shown] of content.matchAll(
      /1 0 0 1 ([\d.]+) [\d.]+ Tm|\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g,
    )) {
      if (x !== undefined) left = Number(x);
      else if (font !== undefined) glyphs = glyphsOf.get(fonts.get(font)!);
      else if (shown !== undefined) {
        const codes = [...shown.matchAll(/<([0-9a-f]+)>/gi)].flatMap(([, hex]) => hex!.match(/.{4}/g) ?? []);
        texts.push({ text: codes.map((code) => glyphs?.get(code.toLowerCase()) ?? '\ufffd').join(''), left });
      }
    }
    return texts;
  });
}

/** The text of each glyph, by its number in hexadecimal digits. */
function glyphMap(cmap: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [, first, texts] of cmap.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gi))
    [...texts!.matchAll(/<([0-9a-f]*)>/gi)].forEach(([, hex], index) => {
      const code = (Number.parseInt(first!, 16) + index).toString(16).padStart(4, '0');
      map.set(code, Buffer.from(hex!, 'hex').swap16().toString('utf16le'));
    });
  return map;
}
