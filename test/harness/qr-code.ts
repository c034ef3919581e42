/** Reads QR codes as a phone does: from a picture alone. The reader (`qr`, MIT or Apache-2.0) is not what draws ours (`qrcode`, MIT). */
import decodeQr from 'qr/decode.js';
import sharp from 'sharp';

/**
 * What the QR code in a picture says.
 * @param image any picture that sharp reads, SVG too; what is transparent is paper.
 * @throws Error where there is no code that could be read.
 */
export async function readQrCode(image: Buffer): Promise<string> {
  const drawn = sharp(image).flatten({ background: 'white' }).toColourspace('srgb').removeAlpha();
  const { data, info } = await drawn.raw().toBuffer({ resolveWithObject: true });
  // A slow machine may take as long as it needs.
  return decodeQr({ width: info.width, height: info.height, data }, { timeLimit: Infinity });
}
