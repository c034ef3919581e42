import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { storageOf } from '#kernel/storage/index';
import { DEPARTMENTS } from '#demo/assortment';
import { seedPictures } from '#demo/pictures';
import { demoProducts } from '#demo/products';
import { deleteProductImage, imagesOfProducts, uploadProductImage } from '#subgraphs/catalog/images/images';
import { sniffImage } from '#kernel/sniff-image.rules';
import { encodeImage } from '#subgraphs/catalog/images/image-file';
import { sweepImages } from '#subgraphs/catalog/images/orphaned-images.worker';
import type { ProductImageInput } from '#subgraphs/catalog/inputs.generated';
import { deleteProduct } from '#subgraphs/catalog/products/products';
import { productById, productsById } from '#subgraphs/catalog/products/products.queries';
import { createOwner, signIn } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { createProduct } from '#test/harness/products';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, fieldCodes } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let productId: string;
let dataDir: string;

const picture = (width: number, height: number, color = '#204060') =>
  sharp({ create: { width, height, channels: 3, background: color } });

beforeAll(async () => {
  db = await testDatabase();
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'pospro-images-'));
  (db.services as { config: object }).config = { ...db.services.config, dataDir };
});
beforeEach(async () => {
  shop = await openShop(db);
  productId = (await createProduct(shop.ctx, { name: 'Mug', price: amount(8), sku: 'MUG' })).id;
});
afterAll(async () => {
  await db.close();
  await rm(dataDir, { recursive: true, force: true });
});

const fileOf = (bytes: Buffer): ProductImageInput => ({
  file: {
    filename: 'a.png',
    contentType: 'image/png',
    stream: Readable.from([bytes], { objectMode: false }),
  },
});
const base64 = (bytes: Buffer): ProductImageInput => ({
  data: `data:image/png;base64,${bytes.toString('base64')}`,
});
const filesOf = async () => {
  const folder = path.join(dataDir, 'media', 'products', shop.organizationId);
  return (await readdir(folder).catch(() => [])).sort();
};
const alts = async () =>
  (await imagesOfProducts(shop.ctx.db, [productId]))
    .get(productId)!
    .map(({ alt, position }) => [alt, position]);

describe('an upload', () => {
  it('becomes three sizes of both kinds, without what the camera wrote into it, and upright', async () => {
    const bytes = await picture(3000, 1500)
      .withExif({ IFD0: { Copyright: 'SECRET PLACE' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const image = await uploadProductImage(shop.ctx, productId, { ...fileOf(bytes), alt: ' A mug ' });
    expect(image).toMatchObject({ productId, width: 800, height: 1600, alt: 'A mug', position: 0 });
    const name = path.basename(image.storageKey);
    expect(image.storageKey).toBe(`products/${shop.organizationId}/${name}`);
    expect(name).toMatch(/^[0-9a-f]{32}-[0-9a-f]{16}$/);
    const suffixes = ['-160.jpg', '-160.webp', '-1600.jpg', '-1600.webp', '-640.jpg', '-640.webp'];
    expect(await filesOf()).toEqual(suffixes.map((suffix) => name + suffix));
    const details = await Promise.all(
      suffixes.map(async (suffix) => {
        const { width, height, format, exif, orientation } = await sharp(
          path.join(dataDir, 'media', image.storageKey + suffix),
        ).metadata();
        return [width, height, format, exif, orientation];
      }),
    );
    expect(details).toEqual([
      [80, 160, 'jpeg', undefined, undefined],
      [80, 160, 'webp', undefined, undefined],
      [800, 1600, 'jpeg', undefined, undefined],
      [800, 1600, 'webp', undefined, undefined],
      [320, 640, 'jpeg', undefined, undefined],
      [320, 640, 'webp', undefined, undefined],
    ]);
    expect((await productById(shop.ctx.db, productId)).imageUrl).toBe(`/media/${image.storageKey}-640.webp`);
  });

  it('is put where it is wanted; the first picture is the product’s own', async () => {
    const small = await picture(10, 10).png().toBuffer();
    for (const alt of ['one', 'two'])
      await uploadProductImage(shop.ctx, productId, { ...base64(small), alt });
    const front = await uploadProductImage(shop.ctx, productId, {
      ...base64(small),
      alt: 'front',
      position: 0,
    });
    await uploadProductImage(shop.ctx, productId, { ...base64(small), alt: 'last', position: 9 });
    expect(await alts()).toEqual([
      ['front', 0],
      ['one', 1],
      ['two', 2],
      ['last', 3],
    ]);
    expect((await productById(shop.ctx.db, productId)).imageUrl).toBe(`/media/${front.storageKey}-640.webp`);
    expect((await imagesOfProducts(shop.ctx.db, [productId])).get(productId)![0]).toMatchObject({
      width: 10,
      height: 10,
    });
  });

  it('under the same key is the same picture', async () => {
    const small = await picture(10, 10).png().toBuffer();
    const first = await uploadProductImage(shop.request({ idempotencyKey: 'k1' }), productId, base64(small));
    const again = await uploadProductImage(shop.request({ idempotencyKey: 'k1' }), productId, base64(small));
    expect(again.id).toBe(first.id);
    expect(await filesOf()).toHaveLength(6);
    await expectError(
      'IDEMPOTENCY_KEY_REUSED',
      uploadProductImage(
        shop.request({ idempotencyKey: 'k1' }),
        productId,
        base64(await picture(9, 9).png().toBuffer()),
      ),
    );
    expect(await filesOf()).toHaveLength(6);
  });

  it('that is no picture, is broken or too large is refused, and leaves nothing behind', async () => {
    const send = (input: ProductImageInput, id = productId) => uploadProductImage(shop.ctx, id, input);
    await expectError(
      'UNSUPPORTED_MEDIA_TYPE',
      send(fileOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))),
    );
    await expectError(
      'UNSUPPORTED_MEDIA_TYPE',
      send(fileOf(Buffer.from('<html><script>alert(1)</script></html>'))),
    );
    const good = await picture(400, 400).png().toBuffer();
    expect(fieldCodes(await expectError('VALIDATION_FAILED', send(fileOf(good.subarray(0, 60)))))).toEqual([
      ['file', 'IMAGE'],
    ]);
    // A few kilobytes that are 64 million pixels.
    const bomb = await picture(8_000, 8_000, '#000000').png({ palette: true }).toBuffer();
    expect(fieldCodes(await expectError('VALIDATION_FAILED', send(fileOf(bomb))))).toEqual([
      ['file', 'TOO_LARGE'],
    ]);
    await expectError('PAYLOAD_TOO_LARGE', send(fileOf(Buffer.alloc(15 * 1024 * 1024 + 1))));
    expect(fieldCodes(await expectError('VALIDATION_FAILED', send({ data: '???' })))).toEqual([
      ['data', 'BASE64'],
    ]);
    expect(fieldCodes(await expectError('VALIDATION_FAILED', send({})))).toEqual([['data', 'REQUIRED']]);
    expect(
      fieldCodes(await expectError('VALIDATION_FAILED', send({ ...base64(good), position: -1 }))),
    ).toEqual([['position', 'NEGATIVE']]);
    await expectError('NOT_FOUND', send(base64(good), shop.organizationId));
    await expectError('NOT_FOUND', uploadProductImage((await openShop(db)).ctx, productId, base64(good)));
    expect(await filesOf()).toEqual([]);
  }, 60_000);

  it('is known by its first bytes', async () => {
    const kinds = await Promise.all([
      picture(2, 2).jpeg().toBuffer(), picture(2, 2).png().toBuffer(), picture(2, 2).webp().toBuffer(), picture(2, 2).gif().toBuffer(),
      picture(16, 16).avif().toBuffer(), picture(2, 2).tiff().toBuffer(),
    ]); // prettier-ignore
    expect(kinds.map(sniffImage)).toEqual(['jpeg', 'png', 'webp', 'gif', 'heif', undefined]);
    for (const bytes of kinds.slice(0, 5)) expect((await encodeImage(bytes)).files).toHaveLength(6);
  });
});

describe('a picture', () => {
  it('goes with its files, and the next one takes its place', async () => {
    const small = await picture(10, 10).png().toBuffer();
    const one = await uploadProductImage(shop.ctx, productId, { ...base64(small), alt: 'one' });
    const two = await uploadProductImage(shop.ctx, productId, { ...base64(small), alt: 'two' });
    await expectError('NOT_FOUND', deleteProductImage((await openShop(db)).ctx, productId, one.id));
    await expectError('NOT_FOUND', deleteProductImage(shop.ctx, productId, 'nonsense'));
    expect(await filesOf()).toHaveLength(12);
    expect(await deleteProductImage(shop.ctx, productId, one.id)).toEqual({ id: one.id, deleted: true });
    expect(await filesOf()).toHaveLength(6);
    expect(await alts()).toEqual([['two', 0]]);
    expect((await productById(shop.ctx.db, productId)).imageUrl).toBe(`/media/${two.storageKey}-640.webp`);
    await expectError('NOT_FOUND', deleteProductImage(shop.ctx, productId, one.id));
    await deleteProductImage(shop.ctx, productId, two.id);
    expect((await productById(shop.ctx.db, productId)).imageUrl).toBeNull();
    expect(await filesOf()).toEqual([]);
  });

  it('does no harm where its files cannot be removed', async () => {
    const image = await uploadProductImage(shop.ctx, productId, base64(await picture(4, 4).png().toBuffer()));
    await storageOf(db.services.config).remove([`${image.storageKey}-640.webp`]);
    expect(await deleteProductImage(shop.ctx, productId, image.id)).toEqual({
      id: image.id,
      deleted: true,
    });
  });
});

describe('over HTTP', () => {
  let platform: TestPlatform;
  let token: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
    const owner = await createOwner({
      services: platform.services,
      contextFor: (actor) => db.contextFor(actor),
    });
    token = (
      await signIn(
        {
          services: platform.services,
          contextFor: (actor) => ({ ...db.contextFor(actor), ...platform.services }),
        },
        owner.user.email,
      )
    ).accessToken;
  });
  afterAll(() => platform.stop());

  it('goes in as a form, as the file itself or as JSON, and out with a year’s worth of cache', async () => {
    const made = await platform.rest('POST', '/api/v1/products', {
      token,
      body: { name: 'Mug', price: '8' },
    });
    const { id } = made.body as { id: string };
    const bytes = await picture(800, 400).png().toBuffer();
    const form = new FormData();
    form.append('alt', 'From a form');
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'mug.png');
    const answers = [
      await platform.rest('POST', `/api/v1/products/${id}/images`, { token, body: form }),
      await platform.rest('POST', `/api/v1/products/${id}/images`, {
        token,
        body: new Uint8Array(bytes),
        headers: { 'content-type': 'image/png' },
      }),
      await platform.rest('POST', `/api/v1/products/${id}/images`, {
        token,
        body: { data: bytes.toString('base64'), alt: 'From JSON' },
      }),
    ];
    expect(answers.map(({ status, body }) => [status, (body as { alt: string | null }).alt])).toEqual([
      [201, 'From a form'], [201, null], [201, 'From JSON'],
    ]); // prettier-ignore
    const image = answers[0]!.body as { id: string; url: string; jpeg_url: string; small_url: string };
    const shown = await fetch(platform.url + image.url);
    expect([shown.status, shown.headers.get('content-type'), shown.headers.get('cache-control'), shown.headers.get('x-content-type-options')]).toEqual([
      200, 'image/webp', 'public, max-age=31536000, immutable', 'nosniff',
    ]); // prettier-ignore
    expect(await sharp(Buffer.from(await shown.arrayBuffer())).metadata()).toMatchObject({
      width: 800,
      height: 400,
      format: 'webp',
    });
    const tag = shown.headers.get('etag')!;
    expect((await fetch(platform.url + image.url, { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await fetch(platform.url + image.jpeg_url)).headers.get('content-type')).toBe('image/jpeg');
    expect((await fetch(platform.url + image.small_url, { method: 'HEAD' })).status).toBe(200);
    const gone = await platform.rest('DELETE', `/api/v1/products/${id}/images/${image.id}`, { token });
    expect([gone.status, gone.body]).toEqual([200, { id: image.id, deleted: true }]);
    expect((await fetch(platform.url + image.url)).status).toBe(404);
    for (const way of [
      '/media/',
      '/media/..%2f..%2fpackage.json',
      '/media/products/x.webp',
      '/media/%00.webp',
    ]) {
      expect((await platform.rest('GET', way)).status).toBe(404);
    }
    expect((await platform.rest('POST', `/api/v1/products/${id}/images`, { body: {} })).status).toBe(401);
  });
});

describe('the pictures of the demo shop', () => {
  it("are one for each department, which the sweep leaves alone, and every product but the guide's shows one", async () => {
    const storage = storageOf(db.services.config);
    const pictures = await seedPictures(db.services);
    expect([...pictures.keys()]).toEqual(DEPARTMENTS.map(({ category }) => category));
    expect(new Set(pictures.values()).size).toBe(DEPARTMENTS.length);
    await sweepImages({ ...db.services, clock: { now: () => new Date(Date.now() + 25 * 3_600_000) } });
    for (const address of pictures.values()) {
      expect(address).toMatch(/^\/media\/demo\/[0-9a-f]{16}-640\.webp$/);
      const file = await storage.get(address.slice('/media/'.length));
      const { format, width, height } = await sharp(await buffer(file!.stream)).metadata();
      expect([format, width, height]).toEqual(['webp', 640, 640]);
    }
    // The guide's product gets one of its own, by an upload.
    const [guide, ...others] = demoProducts(pictures);
    expect(guide!.imageUrl).toBeNull();
    expect(others.filter(({ imageUrl }) => imageUrl == null)).toEqual([]);
  });
});

describe('what is left behind in the storage', () => {
  const dayLater = () => ({ ...db.services, clock: { now: () => new Date(Date.now() + 25 * 3_600_000) } });

  it('goes with the sweep: pictures of deleted products and of uploads that broke off, and no others', async () => {
    const bytes = await picture(20, 20).png().toBuffer();
    const kept = await uploadProductImage(shop.ctx, productId, fileOf(bytes));
    const other = await createProduct(shop.ctx, { name: 'Cup', price: amount(5), sku: 'CUP' });
    await uploadProductImage(shop.ctx, other.id, fileOf(bytes));
    await deleteProduct(shop.ctx, other.id);
    expect((await imagesOfProducts(shop.ctx.db, [other.id])).get(other.id)).toEqual([]);
    expect((await productsById(shop.ctx.db, [other.id])).get(other.id)!.imageUrl).toBeNull();
    const storage = storageOf(db.services.config);
    const folder = `products/${shop.organizationId}`;
    await storage.put(
      `${folder}/${'a'.repeat(32)}-${'b'.repeat(16)}-160.webp`,
      Buffer.from('left behind'),
      'image/webp',
    );
    await storage.put(
      `${kept.storageKey}-160.webp.0123456789ab.part`,
      Buffer.from('half a file'),
      'image/webp',
    );
    await storage.put(`${folder}/logo.png`, Buffer.from('somebody else’s'), 'image/png');
    expect(await filesOf()).toHaveLength(15);
    // What was just written may be of an upload whose row is still to come.
    await sweepImages(db.services);
    expect(await filesOf()).toHaveLength(15);
    await sweepImages(dayLater());
    const files = await filesOf();
    expect(files.filter((file) => file.startsWith(path.basename(kept.storageKey)))).toHaveLength(6);
    expect(files.filter((file) => !file.startsWith(path.basename(kept.storageKey)))).toEqual(['logo.png']);
  });
});
