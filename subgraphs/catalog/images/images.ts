/** Images of products. The files are stored before their row, and removed after it. */
import { createHash, randomBytes } from 'node:crypto';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { uploadedBytes } from '#kernel/graph/uploaded-bytes';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import type { RowOf } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { storageOf } from '#kernel/storage/index';
import { emitChanged, lockProducts } from '../products/update-products';
import { FieldErrors } from '#kernel/validation';
import { checkedDescription } from '../products/product-validators.rules';
import { IMAGE_SIZES, IMAGE_TYPES, MAX_IMAGE_BYTES, encodeImage, imageSuffix } from './image-file';
import type { ProductImageInput } from '../inputs.generated';
import { productImages, type ProductImageRow } from '../tables.generated';

const SHOWN_IMAGE = productImages.omit('organizationId', 'hash');

/** A picture of a product. */
export type ImageRow = RowOf<typeof SHOWN_IMAGE>;

const MAX_IMAGES = 50;
const MAX_ALT = 250;

/** The URL of an image in one of its sizes. */
export function imageUrlOf(
  storageKey: string,
  size: (typeof IMAGE_SIZES)[number],
  type: 'webp' | 'jpg' = 'webp',
): string {
  return `/media/${storageKey}${imageSuffix(size, type)}`;
}

/** The URL with which a product shows its first image. */
function shownUrl(storageKey: string): string {
  return imageUrlOf(storageKey, 640);
}

/** The images of products, in their order. */
export async function imagesOfProducts(
  db: Queryable,
  productIds: readonly string[],
): Promise<ReadonlyMap<string, ImageRow[]>> {
  const images = await db.many<ImageRow>(sql`
    select ${SHOWN_IMAGE.select('i')} from product_images i
    where i.product_id = any(${productIds.filter(isUuid)}::uuid[]) order by i.product_id, i.position`);
  const found = new Map<string, ImageRow[]>(productIds.map((id) => [id, []]));
  for (const image of images) found.get(image.productId)?.push(image);
  return found;
}

/**
 * Adds an image to a product, at the given position; the product shows the first. With an idempotency key, a retry gets the same image.
 * Emits "product.changed".
 * @throws PosProError 404; 413 above 15 MB; 415 for an unsupported format; 422 for a broken image, or by field.
 */
export async function uploadProductImage(
  ctx: RequestContext,
  productId: string,
  input: ProductImageInput,
): Promise<ImageRow> {
  const bytes = await uploadedBytes(input, MAX_IMAGE_BYTES, 'An image');
  const faults = new FieldErrors();
  const alt = checkedDescription(faults, 'alt', input.alt ?? null);
  if (alt !== null && alt.length > MAX_ALT)
    faults.add('alt', `Must have at most ${MAX_ALT} characters.`, 'LENGTH');
  const position = input.position ?? MAX_IMAGES;
  if (position < 0) faults.add('position', 'Must not be negative.', 'NEGATIVE');
  faults.throwIfAny();
  await requireProduct(ctx.db, productId);
  const image = await encodeImage(bytes);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const storageKey = newKey(organizationOf(ctx), image.files[0]!.bytes);
  const storage = storageOf(ctx.config);
  const keys = image.files.map((file) => storageKey + file.suffix);
  try {
    await Promise.all(
      image.files.map((file) => storage.put(storageKey + file.suffix, file.bytes, file.contentType)),
    );
    const { width, height } = image;
    const row = await transact(
      ctx,
      (tx) => insertImage(tx, ctx, productId, { storageKey, hash, width, height, alt }, position),
      {
        idempotent: { operation: 'uploadProductImage', input: { productId, hash, alt, position } },
      },
    );
    // A replayed answer names the files of the first request.
    if (row.storageKey !== storageKey) await removeFiles(ctx, keys);
    return row;
  } catch (error) {
    await removeFiles(ctx, keys);
    throw error;
  }
}

/** Each organization has its own folder; 128 random bits make a name that no one can guess, and the hash distinguishes contents. */
function newKey(organizationId: string, bytes: Buffer): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return `products/${organizationId}/${randomBytes(16).toString('hex')}-${hash}`;
}

async function requireProduct(db: Queryable, productId: string): Promise<void> {
  const known = isUuid(productId)
    ? await db.maybeOne(
        sql`select p.id from products p where p.id = ${productId}::uuid and p.deleted_at is null`,
      )
    : undefined;
  if (!known) throw notFound('product', productId);
}

type NewImage = Omit<ProductImageRow, 'id' | 'organizationId' | 'productId' | 'position' | 'createdAt'>;

async function insertImage(
  tx: Transaction,
  ctx: RequestContext,
  productId: string,
  image: NewImage,
  wanted: number,
): Promise<ImageRow> {
  const [id] = (await lockProducts(tx, [productId])).keys();
  if (id === undefined) throw notFound('product', productId);
  const before = (await imagesOfProducts(tx, [id])).get(id)!;
  if (before.length >= MAX_IMAGES)
    throw invalid('file', `A product has at most ${MAX_IMAGES} images.`, 'LENGTH');
  const position = Math.min(wanted, before.length);
  await tx.run(
    sql`update product_images set position = position + 1 where product_id = ${id}::uuid and position >= ${position}`,
  );
  const ids = { id: ctx.ids.next(), organizationId: tx.organizationId, productId: id };
  const row = await tx.one<ImageRow>(sql`
    ${productImages.insert({ ...ids, ...image, position, createdAt: tx.now })} returning ${SHOWN_IMAGE.columns}`);
  await showFirst(tx, id);
  emitChanged(tx, [id], 'updated');
  return row;
}

/** Makes the product show the first of its images; without images, a URL of another server stays. */
async function showFirst(tx: Transaction, productId: string, removed?: string): Promise<void> {
  const [first] = (await imagesOfProducts(tx, [productId])).get(productId)!;
  await tx.run(sql`
    update products p set version = p.version + 1, updated_at = ${tx.now}::timestamptz,
      image_url = case
        when ${first !== undefined} then ${first ? shownUrl(first.storageKey) : null}::text
        when p.image_url = ${removed ?? null}::text then null
        else p.image_url end
    where p.id = ${productId}::uuid`);
}

/** Deletes the images of deleted products; a URL of another server stays. */
export async function forgetImages(tx: Transaction, productIds: readonly string[]): Promise<void> {
  await tx.run(sql`
    with gone as (delete from product_images i where i.product_id = any(${productIds}::uuid[]) returning i.product_id)
    update products p set image_url = null from (select distinct product_id from gone) g where p.id = g.product_id`);
}

/** Deletes an image; the next one takes its position. Its files are removed after the commit. Emits "product.changed". @throws PosProError 404 */
export async function deleteProductImage(
  ctx: RequestContext,
  productId: string,
  imageId: string,
): Promise<Deletion> {
  if (!isUuid(productId) || !isUuid(imageId)) throw notFound('image', imageId);
  const gone = await transact(ctx, async (tx) => {
    const [id] = (await lockProducts(tx, [productId])).keys();
    const image = await tx.maybeOne<{ storageKey: string; position: number }>(sql`
      delete from product_images where id = ${imageId}::uuid and product_id = ${id ?? null}::uuid returning storage_key, position`);
    if (id === undefined || !image) throw notFound('image', imageId);
    const { storageKey, position } = image;
    await tx.run(
      sql`update product_images set position = position - 1 where product_id = ${id}::uuid and position > ${position}`,
    );
    await showFirst(tx, id, shownUrl(storageKey));
    emitChanged(tx, [id], 'updated');
    return storageKey;
  });
  const suffixes = IMAGE_SIZES.flatMap((size) =>
    IMAGE_TYPES.map(({ extension }) => imageSuffix(size, extension)),
  );
  await removeFiles(
    ctx,
    suffixes.map((suffix) => gone + suffix),
  );
  return deletionOf(imageId.toLowerCase());
}

/** Files that remain only take space, so a failed removal never fails an operation that is done. */
async function removeFiles(ctx: RequestContext, keys: readonly string[]): Promise<void> {
  try {
    await storageOf(ctx.config).remove(keys);
  } catch (error) {
    ctx.log.error({ err: error, keys }, 'files of an image were not removed');
  }
}
