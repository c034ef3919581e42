/** From bytes that somebody uploaded to pictures that may be served: nothing of the upload itself is ever handed on. */
import sharp from 'sharp';
import { PosProError, invalid } from '#kernel/errors';
import { Limiter } from '#kernel/concurrency-limit';

/** The longer side of each size, in pixels. A picture is never enlarged. */
export const IMAGE_SIZES = [160, 640, 1600] as const;
/** Each size in both: WebP for browsers, JPEG for what else shows pictures, such as printers of price labels. */
export const IMAGE_TYPES = [
  { extension: 'webp', contentType: 'image/webp' },
  { extension: 'jpg', contentType: 'image/jpeg' },
] as const;

/** The largest upload. */
export const MAX_IMAGE_BYTES = 15 * 1024 * 1024;
/** A small file may unpack to a picture that fills the memory; decoding is refused beyond this. */
const MAX_PIXELS = 50_000_000;
const WEBP_QUALITY = 80;
const JPEG_QUALITY = 82;

/** Decoding takes memory and threads, so only two are at it at once. */
const encoding = new Limiter(2, 50);

/** One file of a picture. */
export interface EncodedFile {
  /** Behind the picture's key: "-640.webp". */
  readonly suffix: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface EncodedImage {
  readonly files: readonly EncodedFile[];
  /** Of the largest size. */
  readonly width: number;
  readonly height: number;
}

type Kind = 'jpeg' | 'png' | 'webp' | 'gif' | 'heif';

/** What the bytes are, by their first ones; what the client says about them is not asked. */
export function sniff(bytes: Buffer): Kind | undefined {
  const text = (from: number, to: number) => bytes.toString('latin1', from, to);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'gif';
  if (text(4, 8) === 'ftyp' && /^(avif|avis)$/.test(text(8, 12))) return 'heif';
  return undefined;
}

/**
 * Makes all files of a picture: turned upright, without metadata, in sRGB.
 * @throws PosProError 415 for what is no JPEG, PNG, WebP, GIF or AVIF; 422 for a broken one or one with too many pixels; 503 where
 * too many pictures wait.
 */
export async function encodeImage(bytes: Buffer): Promise<EncodedImage> {
  if (!sniff(bytes)) {
    throw new PosProError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The file is no picture that is read here: send JPEG, PNG, WebP, GIF or AVIF.',
    );
  }
  return encoding.run(() => encodeAll(bytes));
}

async function encodeAll(bytes: Buffer): Promise<EncodedImage> {
  const largest = IMAGE_SIZES.at(-1)!;
  const { data, info } = await decode(bytes, largest);
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const files: EncodedFile[] = [];
  for (const size of IMAGE_SIZES) {
    const scaled = sharp(data, { raw }).resize({
      width: size,
      height: size,
      fit: 'inside',
      withoutEnlargement: true,
    });
    const webp = await scaled.clone().webp({ quality: WEBP_QUALITY }).toBuffer();
    // JPEG knows no transparency; shops show their goods on white.
    const jpeg = await scaled
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: JPEG_QUALITY, mozjpeg: true })
      .toBuffer();
    const encoded = { webp, jpg: jpeg };
    for (const { extension, contentType } of IMAGE_TYPES) {
      files.push({ suffix: imageSuffix(size, extension), contentType, bytes: encoded[extension] });
    }
  }
  return { files, width: info.width, height: info.height };
}

async function decode(bytes: Buffer, largest: number) {
  try {
    const image = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 });
    return await image
      .autoOrient()
      .resize({ width: largest, height: largest, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    if (error instanceof Error && /pixel limit/i.test(error.message)) {
      throw invalid('file', `The picture may have ${MAX_PIXELS / 1_000_000} million pixels.`, 'TOO_LARGE');
    }
    throw invalid('file', 'The picture is broken and cannot be read.', 'IMAGE');
  }
}

/** What stands behind a picture's key in the name of a file: "-640.webp". */
export function imageSuffix(size: number, extension: (typeof IMAGE_TYPES)[number]['extension']): string {
  return `-${size}.${extension}`;
}
