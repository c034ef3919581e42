/** Encodes uploaded bytes as images that may be served. The uploaded bytes themselves are never served. */
import type Sharp from 'sharp';
import { PosProError, invalid } from '#kernel/errors';
import { Limiter } from '#kernel/concurrency-limit';
import { sniffImage } from '#kernel/sniff-image.rules';

/** The longer side of each size, in pixels. An image is never enlarged. */
export const IMAGE_SIZES = [160, 640, 1600] as const;
/** Formats of each size: WebP for browsers, JPEG for other devices, such as printers of price labels. */
export const IMAGE_TYPES = [
  { extension: 'webp', contentType: 'image/webp' },
  { extension: 'jpg', contentType: 'image/jpeg' },
] as const;

/** Maximum size of an upload. */
export const MAX_IMAGE_BYTES = 15 * 1024 * 1024;
/** Maximum size of a decoded image: a small file may decode to an image that fills the memory. */
const MAX_PIXELS = 50_000_000;
const WEBP_QUALITY = 80;
const JPEG_QUALITY = 82;

/** Decoding takes memory and threads, so only two images are encoded at once, and 50 may wait. */
const encoding = new Limiter(2, 50);

/** One file of an image. */
export interface EncodedFile {
  /** Follows the image's key: "-640.webp". */
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

/**
 * Encodes all files of an image: upright, without metadata, in sRGB.
 * @throws PosProError 415 for anything but JPEG, PNG, WebP, GIF or AVIF; 422 for a broken image or one with too many pixels; 503 while
 * too many images wait.
 */
export async function encodeImage(bytes: Buffer): Promise<EncodedImage> {
  if (!sniffImage(bytes)) {
    throw new PosProError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The file is not an image of a supported format: send JPEG, PNG, WebP, GIF or AVIF.',
    );
  }
  return encoding.run(() => encodeAll(bytes));
}

async function encodeAll(bytes: Buffer): Promise<EncodedImage> {
  const largest = IMAGE_SIZES.at(-1)!;
  // Loaded with the first image: the library takes tens of megabytes, and most processes never encode one.
  const { default: sharp } = await import('sharp');
  const { data, info } = await decode(sharp, bytes, largest);
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
    // JPEG has no transparency; shops show their goods on white.
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

async function decode(sharp: typeof Sharp, bytes: Buffer, largest: number) {
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
      throw invalid(
        'file',
        `The image must have at most ${MAX_PIXELS / 1_000_000} million pixels.`,
        'TOO_LARGE',
      );
    }
    throw invalid('file', 'The image is broken and cannot be read.', 'IMAGE');
  }
}

/** The suffix of an image's key in the name of a file: "-640.webp". */
export function imageSuffix(size: number, extension: (typeof IMAGE_TYPES)[number]['extension']): string {
  return `-${size}.${extension}`;
}
