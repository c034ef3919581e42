/**
 * Texts as glyphs of bundled fonts, for printers and documents, in every script that a shop writes names in. fontkit joins Arabic and
 * Indic letters; bidi-js puts right-to-left texts in visual order (Unicode Bidirectional Algorithm).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import bidiFactory from 'bidi-js';
import { create, type Font } from 'fontkit';
import { graphemes } from './display-width.rules';
import { plainFont } from './sfnt.rules';

/** A bundled font and the scripts for which it is used. */
export interface ReceiptFont {
  name: string;
  file: string;
  scripts: RegExp;
}

const resolve = createRequire(__filename).resolve;
const noto = (name: string): ReceiptFont => ({
  name: `Noto Sans ${name}`,
  file: resolve(
    `@fontsource/noto-sans-${name.toLowerCase()}/files/noto-sans-${name.toLowerCase()}-${name.toLowerCase()}-400-normal.woff`,
  ),
  scripts: new RegExp(`\\p{Script=${name}}`, 'u'),
});

/** The first font that has a character is used. The last has every character of the Basic Multilingual Plane, Chinese, Japanese and Korean included. */
const FONTS: readonly ReceiptFont[] = [
  {
    name: 'DejaVu Sans',
    file: resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    scripts:
      /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Lao}\p{Script=Common}\p{Script=Inherited}]/u,
  },
  ...[
    'Bengali',
    'Devanagari',
    'Gujarati',
    'Gurmukhi',
    'Kannada',
    'Khmer',
    'Malayalam',
    'Myanmar',
    'Sinhala',
    'Tamil',
    'Telugu',
    'Thai',
  ].map(noto),
  {
    name: 'UnifontEX',
    file: resolve('@fontsource/unifontex/files/unifontex-latin-400-normal.woff'),
    scripts: /./su,
  },
];

const loadedFonts = new Map<string, { data: Buffer; font: Font }>();

/** Reads a font's file, once for each font that is needed. */
function loadFont(file: string): { data: Buffer; font: Font } {
  const loadedFont = loadedFonts.get(file);
  if (loadedFont) return loadedFont;
  const data = plainFont(readFileSync(file));
  const newFont = { data, font: create(data) as Font };
  loadedFonts.set(file, newFont);
  return newFont;
}

const fontOf = ({ file }: ReceiptFont): Font => loadFont(file).font;

const MONO = resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf');
const COLUMNAR = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}]$/u;

/** Whether a text needs no shaping: DejaVu Sans Mono has its letters, which all have one width. */
export function isColumnar(text: string): boolean {
  const { font } = loadFont(MONO);
  return [...text].every((sign) => COLUMNAR.test(sign) && font.hasGlyphForCodePoint(sign.codePointAt(0)!));
}

/** The font's bytes, for a document to embed its glyphs. */
export function fontData({ file }: ReceiptFont): Buffer {
  return loadFont(file).data;
}

/** A part of a text with one font and direction, in visual order: runs follow each other from left to right. */
export interface Run {
  font: ReceiptFont;
  text: string;
  /** Whether the run is read from right to left; its glyphs are in visual order. */
  rightToLeft: boolean;
}

const bidi = bidiFactory();
const INVISIBLE = /^[\p{Cf}\ufe0e\ufe0f]+$/u;

/** The runs of a text in visual order, from left to right. */
export function visualRuns(text: string): Run[] {
  const { levels } = bidi.getEmbeddingLevels(text);
  const runs: (Run & { level: number })[] = [];
  let index = 0;
  for (const grapheme of graphemes(text)) {
    const level = levels[index]!;
    index += grapheme.length;
    if (INVISIBLE.test(grapheme)) continue;
    const font = fontFor(grapheme);
    const rightToLeft = level % 2 === 1;
    const visualText = rightToLeft
      ? [...grapheme].map((sign) => bidi.getMirroredCharacter(sign) ?? sign).join('')
      : grapheme;
    const last = runs.at(-1);
    if (last?.level === level && last.font === font) last.text += visualText;
    else runs.push({ font, text: visualText, rightToLeft, level });
  }
  return toVisualOrder(runs);
}

function fontFor(grapheme: string): ReceiptFont {
  const has = (font: ReceiptFont) =>
    font.scripts.test(grapheme) &&
    [...grapheme].every(
      (sign) => INVISIBLE.test(sign) || fontOf(font).hasGlyphForCodePoint(sign.codePointAt(0)!),
    );
  return FONTS.find(has) ?? FONTS.at(-1)!;
}

/** From the highest level down, reverses each sequence of runs at that level or above (rule L2 of the algorithm). */
function toVisualOrder<Item extends { level: number }>(runs: readonly Item[]): Item[] {
  const order = [...runs];
  for (let level = Math.max(0, ...runs.map((run) => run.level)); level > 0; level -= 1) {
    for (let start = 0; start < order.length; start += 1) {
      let end = start;
      while (end < order.length && order[end]!.level >= level) end += 1;
      if (end > start + 1) order.splice(start, end - start, ...order.slice(start, end).reverse());
      start = Math.max(start, end);
    }
  }
  return order;
}

/** A glyph's outline as the path of an SVG, and its place from the beginning of the text, in ems. */
export interface PlacedGlyph {
  path: string;
  /** Size of the font's unit, in ems. */
  scale: number;
  x: number;
  y: number;
}

/** A text as outlines. */
export interface ShapedText {
  /** In ems. */
  width: number;
  glyphs: PlacedGlyph[];
}

/** The width of a run in ems. */
export function runWidth(run: Run): number {
  return layout(run).advanceWidth / fontOf(run.font).unitsPerEm;
}

export function shapeText(text: string): ShapedText {
  const glyphs: PlacedGlyph[] = [];
  let x = 0;
  for (const run of visualRuns(text)) {
    const scale = 1 / fontOf(run.font).unitsPerEm;
    const shaped = layout(run);
    shaped.glyphs.forEach((glyph, index) => {
      const { xAdvance, xOffset, yOffset } = shaped.positions[index]!;
      glyphs.push({ path: glyph.path.toSVG(), scale, x: x + xOffset * scale, y: yOffset * scale });
      x += xAdvance * scale;
    });
  }
  return { width: x, glyphs };
}

function layout({ font, text, rightToLeft }: Run) {
  return fontOf(font).layout(text, undefined, undefined, undefined, rightToLeft ? 'rtl' : 'ltr');
}
