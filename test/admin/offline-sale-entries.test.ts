/** What the audit trail says of those who decide on sales made offline, and of the devices that may sign them. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

const REGISTER_ID = '0190a000-000a-7000-8000-000000000001';

interface Entry {
  operation: string;
  actor: { user_id: string | null; role: string | null };
  input: Record<string, unknown>;
  changes: {
    entity: string;
    entity_id: string;
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
  }[];
}
interface Result {
  client_reference: string;
  order: { id: string } | null;
}

let platform: TestPlatform;
let manager: string;
let admin: string;
let cashier: string;

async function call<Body>(method: string, path: string, token: string, body?: unknown): Promise<Body> {
  const answer = await platform.rest(method, `/api/v1${path}`, { token, body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function logIn(name: string): Promise<string> {
  const body = { email: `${name}@pospro.com`, password: 'secure123' };
  const answer = await platform.rest('POST', '/api/v1/auth/login', { body });
  return (answer.body as { access_token: string }).access_token;
}

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  [manager, admin, cashier] = (await Promise.all(['manager', 'admin', 'cashier'].map(logIn))) as [
    string,
    string,
    string,
  ];
}, 120_000);
afterAll(() => platform.stop());

async function entriesOf(operation: string): Promise<Entry[]> {
  return (await call<{ items: Entry[] }>('GET', `/admin/audit-logs?operation=${operation}`, admin)).items;
}

async function send(more: object): Promise<Result> {
  const sale = {
    client_reference: randomUUID(),
    register_id: REGISTER_ID,
    items: [{ barcode: '123456789', quantity: '1' }],
    ...more,
  };
  return (await call<{ results: Result[] }>('POST', '/pos/offline-sales', cashier, { sales: [sale] }))
    .results[0]!;
}

async function held(): Promise<{ id: string; reference: string }> {
  const { client_reference: reference } = await send({
    items: [{ barcode: '123456789', quantity: '5000' }],
    payment_method: 'card',
  });
  const { items } = await call<{ items: { id: string; client_reference: string }[] }>(
    'GET',
    '/pos/offline-sales/held',
    manager,
  );
  return { id: items.find((sale) => sale.client_reference === reference)!.id, reference };
}

it('a release, by whom, of which sale, with what note', async () => {
  const { id } = await held();
  await call('POST', `/pos/offline-sales/${id}/release`, manager, { note: 'The wholesaler' });
  // Another try is answered, and changes nothing.
  await call('POST', `/pos/offline-sales/${id}/release`, manager, { note: 'Once more' });
  const entries = await entriesOf('releaseOfflineSale');
  expect(entries).toMatchObject([
    { actor: { user_id: demoId.user(2), role: 'manager' }, input: { id, input: { note: 'The wholesaler' } } },
  ]);
});

it('a rejection, with its reason', async () => {
  const { id } = await held();
  await call('POST', `/pos/offline-sales/${id}/reject`, manager, { reason: 'A typing error' });
  const again = await platform.rest('POST', `/api/v1/pos/offline-sales/${id}/reject`, {
    token: manager,
    body: { reason: 'x' },
  });
  expect(again.status).toBe(409);
  expect(await entriesOf('rejectOfflineSale')).toMatchObject([
    {
      actor: { user_id: demoId.user(2), role: 'manager' },
      input: { id, input: { reason: 'A typing error' } },
    },
  ]);
});

it('an acknowledgement, with its note', async () => {
  const { order } = await send({ payments: [{ method: 'card', amount: '20.00' }] });
  const { items } = await call<{ items: { id: string }[] }>(
    'GET',
    `/pos/offline-conflicts?order_id=${order!.id}`,
    manager,
  );
  await call('POST', `/pos/offline-conflicts/${items[0]!.id}/acknowledge`, manager, { note: 'A tip' });
  expect(await entriesOf('acknowledgeOfflineConflict')).toMatchObject([
    {
      actor: { user_id: demoId.user(2), role: 'manager' },
      input: { id: items[0]!.id, input: { note: 'A tip' } },
    },
  ]);
});

it('a device that is registered and revoked, with the row before and after', async () => {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x!;
  const body = { register_id: REGISTER_ID, name: 'Tablet', public_key: publicKey };
  const { id } = await call<{ id: string }>('POST', '/pos/register-devices', manager, body);
  await call('DELETE', `/pos/register-devices/${id}`, manager);
  const actor = { user_id: demoId.user(2), role: 'manager' };
  expect(await entriesOf('createRegisterDevice')).toMatchObject([
    {
      actor,
      input: { input: { registerId: REGISTER_ID, name: 'Tablet', publicKey } },
      changes: [
        {
          entity: 'register_devices',
          entity_id: id,
          before: null,
          after: { name: 'Tablet', public_key: publicKey },
        },
      ],
    },
  ]);
  expect(await entriesOf('revokeRegisterDevice')).toMatchObject([
    {
      actor,
      input: { id },
      changes: [
        {
          entity: 'register_devices',
          entity_id: id,
          before: { revoked_at: null, revoked_by: null },
          after: { revoked_at: expect.stringMatching(/^\d{4}-/) as string, revoked_by: demoId.user(2) },
        },
      ],
    },
  ]);
});

it('a register that asks for a device, and other bounds', async () => {
  await call('PUT', `/pos/registers/${REGISTER_ID}`, manager, { requires_device: true });
  const [asked] = await entriesOf('updateRegister');
  expect(asked!.changes).toMatchObject([
    { entity: 'registers', before: { requires_device: false }, after: { requires_device: true } },
  ]);
  await call('PUT', `/pos/registers/${REGISTER_ID}`, manager, { requires_device: false });
  await call('PUT', '/pos/settings', admin, { offline: { max_quantity: '50' } });
  expect((await entriesOf('updateTillSettings'))[0]).toMatchObject({
    input: { input: { offline: { maxQuantity: '50' } } },
  });
});
