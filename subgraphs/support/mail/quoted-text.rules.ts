/** The text of a mail: from HTML where there is nothing else, and without the quoted mail below an answer. Pure. */
import { decodeHTML } from 'entities';

/** Elements that end a line. */
const BREAKS = /<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6]|\/blockquote)\b[^<>]*>/gi;
const INVISIBLE_ELEMENTS = ['head', 'script', 'style', 'title'] as const;

/** The text of an HTML page, a line for each block. */
export function htmlText(html: string): string {
  const visible = INVISIBLE_ELEMENTS.reduce(withoutElement, html);
  const text = visible
    .replace(/\s+/g, ' ')
    .replace(BREAKS, '\n')
    .replace(/<[^<>]*>/g, '');
  return decodeHTML(text)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The pieces between the elements of a name. Reads the text once. */
function withoutElement(html: string, name: string): string {
  const [first = '', ...rest] = html.split(new RegExp(`<${name}\\b`, 'i'));
  const end = new RegExp(`</${name}\\s*>`, 'i');
  return first + rest.map((part) => part.split(end).slice(1).join('')).join('');
}

/** The line above a quoted mail, as the usual programs write it. */
const ATTRIBUTIONS = [
  /^On\b.{5,200}\bwrote:$/i,
  /^Am\b.{5,200}\bschrieb\b.{0,200}:$/i,
  /^Le\b.{5,200}\ba écrit\s?:$/i,
  /^El\b.{5,200}\bescribió:$/i,
  /^-{2,}\s?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original)\s?-{2,}$/i,
];

/** An answer without the mail that it quotes below; a text that is nothing but a quote stays whole. */
export function withoutQuote(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const start = lines.findIndex((_, index) => isAttribution(lines, index));
  const kept = start < 0 ? lines : lines.slice(0, start);
  while (kept.length > 0 && /^\s*(?:>.*)?$/.test(kept.at(-1)!)) kept.pop();
  return kept.join('\n').trim() || text.trim();
}

/** Long attributions are wrapped. */
function isAttribution(lines: readonly string[], index: number): boolean {
  const line = lines[index]!.trim();
  const wrapped = `${line} ${lines[index + 1]?.trim() ?? ''}`;
  return ATTRIBUTIONS.some((pattern) => pattern.test(line) || pattern.test(wrapped));
}
