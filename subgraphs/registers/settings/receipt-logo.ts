/** What stands at the head of an organization's receipts. */
import sharp from 'sharp';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { lockOrganization } from '#subgraphs/auth/index';
import { tillSettings, type TillSettingsRow } from '../tables.generated';

/** In dots of a receipt printer; a roll of 80 mm has 576. */
const MAX_WIDTH = 384;
const MAX_HEIGHT = 192;
/** In bytes, before it is made smaller. */
const MAX_BYTES = 512 * 1024;
/** A picture that unpacks to more would take the process's memory. */
const MAX_PIXELS = 16_000_000;

/** The columns that a picture changes. */
const LOGO = tillSettings.pick('receiptLogo', 'updatedAt');

/** The picture as a PNG in shades of grey on white; null where there is none. */
export async function receiptLogo(db: Queryable): Promise<Buffer | null> {
  const row = await db.maybeOne<{ receiptLogo: Buffer | null }>(sql`select receipt_logo from till_settings`);
  return row?.receiptLogo ?? null;
}

/**
 * Sets the picture; an absent one removes it. It is drawn anew, so that nothing but the picture is kept of the file.
 * @param image a PNG, JPEG or WebP in base64, with or without `data:…;base64,` before it.
 * @throws PosProError 409 for another version of the till settings; 422 for what is no picture, or too large.
 */
export async function setReceiptLogo(
  ctx: RequestContext,
  image: string | null | undefined,
  version?: number | null,
): Promise<void> {
  const drawn = image ? await redraw(Buffer.from(image.replace(/^data:[^,]*,/, ''), 'base64')) : null;
  await transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await tx.maybeOne<Pick<TillSettingsRow, 'version' | 'receiptLogo'>>(sql`
      select version, receipt_logo from till_settings`);
    assertVersion(tx, 'till settings', before ?? { version: 0 }, version);
    if (isSame(before?.receiptLogo ?? null, drawn)) return;
    await tx.run(sql`
      ${tillSettings.insert({ ...{ organizationId: tx.organizationId, blindClose: false, limits: [] }, receiptLogo: drawn, updatedAt: tx.now })}
      on conflict (organization_id) do update set ${LOGO.excluded}`);
  });
}

function isSame(before: Buffer | null, after: Buffer | null): boolean {
  return before && after ? before.equals(after) : before === after;
}

async function redraw(file: Buffer): Promise<Buffer> {
  if (file.length > MAX_BYTES) throw invalid('image', `${MAX_BYTES / 1024} KiB at most.`, 'TOO_LARGE');
  try {
    const picture = sharp(file, { limitInputPixels: MAX_PIXELS });
    const { format } = await picture.metadata();
    if (!['png', 'jpeg', 'webp'].includes(format)) throw new Error(`a ${format} is not taken`);
    return await picture
      .rotate()
      .resize({ width: MAX_WIDTH, height: MAX_HEIGHT, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .grayscale()
      .png()
      .toBuffer();
  } catch {
    // Whatever the library says of the file's bytes, to the caller it is one thing: this picture cannot be used.
    throw invalid('image', 'Is no PNG, JPEG or WebP that can be read.', 'INVALID');
  }
}
