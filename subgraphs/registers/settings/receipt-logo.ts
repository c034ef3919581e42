/** The logo at the top of an organization's receipts. */
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { lockOrganization } from '#subgraphs/auth/index';
import { TILL_SETTINGS_CHANGED } from './till-settings';
import { tillSettings, type TillSettingsRow } from '../tables.generated';

/** In dots of a receipt printer; a roll of 80 mm has 576. */
const MAX_WIDTH_DOTS = 384;
const MAX_HEIGHT_DOTS = 192;
/** Size of the uploaded file. */
const MAX_BYTES = 512 * 1024;
/** A larger image would exhaust the process's memory when decoded. */
const MAX_PIXELS = 16_000_000;

/** The columns that a new logo overwrites. */
const LOGO_COLUMNS = tillSettings.pick('receiptLogo', 'updatedAt');

/** The logo as a greyscale PNG on white; null if none is set. */
export async function receiptLogo(db: Queryable): Promise<Buffer | null> {
  const row = await db.maybeOne<{ receiptLogo: Buffer | null }>(sql`select receipt_logo from till_settings`);
  return row?.receiptLogo ?? null;
}

/**
 * Sets the logo, or removes it. The image is redrawn, so that nothing but the picture is kept of the file.
 * @param image a PNG, JPEG or WebP in base64, with or without `data:…;base64,` before it; null or empty to remove the logo.
 * @throws PosProError 409 CONFLICT for another version of the till settings; 422 for an invalid or too large image.
 */
export async function setReceiptLogo(
  ctx: RequestContext,
  image: string | null | undefined,
  version?: number | null,
): Promise<void> {
  const logo = image ? await redraw(Buffer.from(image.replace(/^data:[^,]*,/, ''), 'base64')) : null;
  await transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await tx.maybeOne<Pick<TillSettingsRow, 'version' | 'receiptLogo'>>(sql`
      select version, receipt_logo from till_settings`);
    assertVersion(tx, 'till settings', before ?? { version: 0 }, version);
    if (isSame(before?.receiptLogo ?? null, logo)) return;
    tx.emit({ type: TILL_SETTINGS_CHANGED, key: tx.organizationId, payload: {} });
    await tx.run(sql`
      ${tillSettings.insert({ ...{ organizationId: tx.organizationId, blindClose: false, limits: [] }, receiptLogo: logo, updatedAt: tx.now })}
      on conflict (organization_id) do update set ${LOGO_COLUMNS.excluded}`);
  });
}

function isSame(before: Buffer | null, after: Buffer | null): boolean {
  return before && after ? before.equals(after) : before === after;
}

async function redraw(file: Buffer): Promise<Buffer> {
  if (file.length > MAX_BYTES)
    throw invalid('image', `Must not be larger than ${MAX_BYTES / 1024} KiB.`, 'TOO_LARGE');
  const { default: sharp } = await import('sharp');
  try {
    const picture = sharp(file, { limitInputPixels: MAX_PIXELS });
    const { format } = await picture.metadata();
    if (!['png', 'jpeg', 'webp'].includes(format)) throw new Error(`unsupported format ${format}`);
    return await picture
      .rotate()
      .resize({ width: MAX_WIDTH_DOTS, height: MAX_HEIGHT_DOTS, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: 'white' })
      .grayscale()
      .png()
      .toBuffer();
  } catch {
    // The library has many errors for broken files; to the caller they mean the same.
    throw invalid('image', 'Must be a readable PNG, JPEG or WebP image.', 'INVALID');
  }
}
