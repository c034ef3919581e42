/** Texts in Windows-1252, the only encoding that DATEV reads in this format. Pure. */
import { decode, encode } from 'iconv-lite';

const WINDOWS_1252 = 'windows-1252';
const MARKS = /\p{M}/gu;

/**
 * A text in Windows-1252. A letter that it lacks becomes the letter without its marks; any other character becomes a question mark.
 *
 * @example
 * windows1252('Café Łódź 5 €') // the bytes of "Café ?ódz 5 €"
 */
export function windows1252(text: string): Buffer {
  return encode(Array.from(text.normalize('NFC'), representable).join(''), WINDOWS_1252);
}

function representable(character: string): string {
  if (isRepresentable(character)) return character;
  const plain = character.normalize('NFKD').replace(MARKS, '');
  return plain !== '' && Array.from(plain).every(isRepresentable) ? plain : '?';
}

function isRepresentable(character: string): boolean {
  return decode(encode(character, WINDOWS_1252), WINDOWS_1252) === character;
}
