/** Formats of images by their first bytes. Pure. */

export type ImageKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'heif';

/** The format of the bytes; the type that the client sends is ignored. Undefined for anything but an image of these formats. */
export function sniffImage(bytes: Buffer): ImageKind | undefined {
  const text = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'gif';
  if (text(4, 8) === 'ftyp' && /^(avif|avis)$/.test(text(8, 12))) return 'heif';
  return undefined;
}
