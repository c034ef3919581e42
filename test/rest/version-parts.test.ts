/** Versions of what consists of several rows, and bulk operations of which rows change nothing. */
import { raw, sql } from '#kernel/db/database';
import { UPDATES, product } from './edited';
import { PIXEL, call, made, shop, startShop, unique, type Body } from './edited-shop';
import { traceOf } from './trace';

beforeAll(startShop, 120_000);
afterAll(() => shop.platform.stop());

it('what belongs to something raises its version when it comes or goes', async () => {
  const { path, id } = await product();
  const versionOf = async (table: string, row: string) =>
    (await traceOf({ table, event: null }, row)).version;
  const variant = await made(`${path}/variants`, { name: 'Bag', price: '5', is_default: true });
  expect([variant.version, await versionOf('products', id)]).toEqual([1, 2]);
  const image = await made(`${path}/images`, { data: PIXEL });
  expect(await versionOf('products', id)).toBe(3);
  await call('DELETE', `${path}/images/${image.id}`);
  expect(await versionOf('products', id)).toBe(4);
  await call('PUT', `${path}/variants/${variant.id}`, { barcode: unique('code') });
  expect([await versionOf('variants', variant.id), await versionOf('products', id)]).toEqual([2, 5]);
  const taxClass = await UPDATES.updateTaxClass!.make();
  const rate = await made(`${taxClass.path}/rates`, { rate: '9', valid_from: '2030-01-01T00:00:00Z' });
  await call('DELETE', `${taxClass.path}/rates/${rate.id}`);
  expect(await versionOf('tax_classes', taxClass.id)).toBe(3);
  const customer = await UPDATES.updateCustomer!.make();
  await made(`${customer.path}/addresses`, { line1: 'Quay 1', city: 'Hull', country: 'GB' });
  expect(await versionOf('customers', customer.id)).toBe(2);
});

it('what only follows from other rows raises nothing', async () => {
  const { id } = await UPDATES.updateCustomer!.make();
  const { system } = shop.platform.services.database;
  await system.run(
    sql`update customers set credit_balance = credit_balance - 1, credit_entries = 1, updated_at = now() + interval '1 hour' where id = ${id}`,
  );
  const { version, updatedAt } = await traceOf({ table: 'customers', event: null }, id);
  expect([version, updatedAt! > new Date()]).toEqual([1, true]);
});

describe('many at once', () => {
  async function finished(path: string, id: string): Promise<Body> {
    for (;;) {
      const { body } = await call('GET', `${path}/${id}`);
      if ((body as { status: string }).status !== 'running') return body;
    }
  }
  const report = ({ status, created, updated, unchanged, failed }: Body) => ({
    status,
    created,
    updated,
    unchanged,
    failed,
  });
  const rowsOf = (table: string) =>
    shop.platform.services.database.system.many(
      sql`select id, version, updated_at from ${raw(table)} order by id`,
    );
  const told = async () =>
    (
      await shop.platform.services.database.system.many<{ payload: { productIds: string[] } }>(sql`
      select payload from outbox_events where type = 'product.changed' order by xid, sequence`)
    ).map(({ payload }) => payload.productIds);

  it('an export that is imported again changes nothing, and one price changes one product', async () => {
    for (const name of ['Green tea', '=Black tea']) {
      const options = [{ name: 'Packing', values: ['bag', 'tin'] }];
      const variants = [
        { price: '4.90', options: { packing: 'bag' } },
        { price: '9', options: { packing: 'tin' }, cost: '3' },
      ];
      const { id } = await made('/products', {
        name: unique(name),
        description: 'Fresh;\n"fine"',
        options,
        variants,
      });
      await made(`/products/${id}/images`, { data: PIXEL });
    }
    const csv = (await call('GET', '/products/export?format=csv')).text;
    const before = [await rowsOf('products'), await rowsOf('variants'), await told()];
    const imported = async (method: string, path: string, body: unknown) => {
      const answer = await shop.platform.rest(method, `/api/v1${path}`, {
        token: shop.token,
        body,
        headers: typeof body === 'string' ? { 'content-type': 'text/csv' } : {},
      });
      return report(await finished('/product-imports', (answer.body as { id: string }).id));
    };
    const rows = (await rowsOf('variants')).length;
    expect(await imported('POST', '/products/bulk-create', csv)).toEqual({
      status: 'completed',
      created: 0,
      updated: rows,
      unchanged: rows,
      failed: 0,
    });
    expect([await rowsOf('products'), await rowsOf('variants'), await told()]).toEqual(before);
    const [{ id, sku, price }, other] = (
      (await call('GET', '/products?size=2&sort=sku')).body as { items: [Body, Body] }
    ).items;
    const items = [
      { sku, price },
      { sku: other.sku, price: '99' },
    ];
    expect(await imported('PUT', '/products/bulk-update', { items })).toEqual({
      status: 'completed',
      created: 0,
      updated: 2,
      unchanged: 1,
      failed: 0,
    });
    expect(await imported('POST', '/products/bulk-price-update', { items })).toMatchObject({
      updated: 2,
      unchanged: 2,
    });
    expect((await told()).at(-1)).toEqual([other.id]);
    expect((await told()).length).toBe(before[2]!.length + 1);
    expect(id).not.toBe(other.id);
  });
});
