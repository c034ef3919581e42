/** The number of lines of a sale, after "Add a column": stored, and answered over both APIs. */
import { Client } from 'pg';
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.stop());

it('is stored, and answered over both APIs', async () => {
  const { token } = await signedInOwner(platform.services);
  const post = async <Body>(path: string, body: object): Promise<Body> => {
    const answer = await platform.rest('POST', `/api/v1${path}`, { token, body });
    expect([path, answer.status, answer.text]).toEqual([path, 201, answer.text]);
    return answer.body;
  };
  const { id: registerId } = await post<{ id: string }>('/pos/registers', { name: 'Till', code: 'T1' });
  await post('/pos/register/open', { register_id: registerId, opening_float: '50' });
  for (const sku of ['TEA', 'BREAD'])
    await post('/products', { name: sku, sku, price: '2', initial_stock: [{ quantity: '9' }] });
  const items = ['TEA', 'BREAD'].map((sku) => ({ sku, quantity: 1 }));
  const sold = await post<{ id: string; items_count: number }>('/pos/checkout', {
    register_id: registerId,
    items,
    payment_method: 'card',
  });
  const { data } = await platform.graphql<{ order: object }>(
    'query ($id: ID!) { order(id: $id) { itemsCount } }',
    { id: sold.id },
    token,
  );
  const database = new Client(platform.services.config.databaseUrl);
  await database.connect();
  const { rows } = await database.query<object>('select items_count from orders');
  await database.end();
  expect([sold.items_count, data.order, rows]).toEqual([2, { itemsCount: 2 }, [{ items_count: 2 }]]);
});
