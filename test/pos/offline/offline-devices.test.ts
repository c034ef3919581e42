/** A register that requires a device accepts only its signed offline sales: in their order, each number once. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  createRegisterDevice,
  listRegisterDevices,
  revokeRegisterDevice,
} from '#subgraphs/registers/devices/register-devices';
import { updateRegister } from '#subgraphs/registers/register/registers';
import { closeRegister } from '#subgraphs/registers/index';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { signedText } from '#subgraphs/pos/offline/offline-signature.rules';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { OfflineSaleInput } from '#subgraphs/pos/inputs.generated';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

interface Device {
  id: string;
  privateKey: KeyObject;
}

async function deviceOf(till: Till): Promise<Device> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const input = {
    registerId: till.registerId,
    name: 'Tablet',
    publicKey: publicKey.export({ format: 'jwk' }).x!,
  };
  return { id: (await createRegisterDevice(till.ctx, input)).id, privateKey };
}

function saleOf(till: Till, more: Partial<OfflineSaleInput> = {}): OfflineSaleInput {
  return {
    clientReference: till.ctx.ids.next(),
    items: [{ sku: 'TEA', quantity: amount('1.0') }],
    payments: [{ method: 'card', amount: amount('3.50') }],
    createdAt: new Date(Date.now() - 60_000),
    registerId: till.registerId,
    ...more,
  };
}

function signed(sale: OfflineSaleInput, { id, privateKey }: Device, sequence: number): OfflineSaleInput {
  const text = signedText({ ...sale, device: { id, sequence } });
  return {
    ...sale,
    device: { id, sequence, signature: sign(null, Buffer.from(text), privateKey).toString('base64') },
  };
}

async function send(till: Till, ...sales: OfflineSaleInput[]) {
  const results = await bookOfflineSales(till.as(['pos:sell']), sales);
  return results.map(({ status, error, conflicts }) => [
    status,
    error?.errors.map(({ field, code }) => `${field} ${code}`).join() ??
      conflicts.map(({ code, present }) => `${code} ${present}`).join(),
  ]);
}

const strict = async () => {
  const till = await openTill(db);
  await updateRegister(till.ctx, till.registerId, { requiresDevice: true });
  return { till, device: await deviceOf(till) };
};

it('signs a text that any client can produce', () => {
  const sale = {
    ...{
      createdAt: new Date(Date.UTC(2026, 0, 31, 18, 4, 5)),
      clientReference: 'a',
      note: null,
      ageConfirmed: true,
    },
    items: [{ sku: 'TEA', quantity: amount('2.50'), unitPrice: amount('1000000') }],
    device: { id: 'd', sequence: 7, signature: 'left out' },
  };
  expect(signedText(sale)).toBe(
    'pospro-offline-sale/1\n{"age_confirmed":true,"client_reference":"a","created_at":"2026-01-31T18:04:05.000Z",' +
      '"device":{"id":"d","sequence":7},"items":[{"quantity":"2.5","sku":"TEA","unit_price":"1000000"}]}',
  );
});

it('accepts signed sales in any order of the batch, and replays them', async () => {
  const { till, device } = await strict();
  const sales = [3, 1, 2].map((sequence) => signed(saleOf(till), device, sequence));
  expect(await send(till, ...sales)).toEqual([
    ['created', ''],
    ['created', ''],
    ['created', ''],
  ]);
  expect(await send(till, sales[0]!, { ...sales[1]!, device: null })).toEqual([
    ['replayed', ''],
    ['replayed', ''],
  ]);
  const [listed] = (await listRegisterDevices(till.ctx, till.registerId, {})).items;
  expect(listed).toMatchObject({ id: device.id, lastSequence: 3, revokedAt: null });
});

it('rejects sales that are unsigned, changed, or signed by another key, another register\u2019s device or a revoked one; each with its code', async () => {
  const { till, device } = await strict();
  const other = await openTill(db);
  const foreign = await deviceOf(other);
  const good = signed(saleOf(till), device, 1);
  const wrong = { ...good, device: { ...good.device!, signature: 'AAAA' } };
  const byOther = signed(saleOf(till), { ...device, privateKey: foreign.privateKey }, 1);
  const cheaper = { ...good, items: [{ sku: 'TEA', quantity: amount(2) }] };
  const renumbered = { ...good, device: { ...good.device!, sequence: 2 } };
  expect(
    await send(
      till,
      saleOf(till),
      wrong,
      byOther,
      cheaper,
      renumbered,
      signed(saleOf(till), foreign, 1),
      signed(saleOf(till), device, 0),
    ),
  ).toEqual([
    ['rejected', 'device DEVICE_REQUIRED'],
    ['rejected', 'device.signature SIGNATURE_INVALID'],
    ['rejected', 'device.signature SIGNATURE_INVALID'],
    ['rejected', 'device.signature SIGNATURE_INVALID'],
    ['rejected', 'device.signature SIGNATURE_INVALID'],
    ['rejected', 'device.id DEVICE_UNKNOWN'],
    ['rejected', 'device.sequence INVALID'],
  ]);
  expect(await send(till, good)).toEqual([['created', '']]);
  const revoked = await revokeRegisterDevice(till.ctx, device.id);
  expect([revoked.revokedAt === null, revoked.revokedBy]).toEqual([false, till.actor.userId]);
  expect(await send(till, signed(saleOf(till), device, 2))).toEqual([
    ['rejected', 'device.id DEVICE_REVOKED'],
  ]);
  expect(await codeOf(revokeRegisterDevice(till.ctx, device.id))).toBe('ILLEGAL_STATE');
});

it('rejects a number that another sale has used, and names missing numbers', async () => {
  const { till, device } = await strict();
  expect(await send(till, signed(saleOf(till), device, 1))).toEqual([['created', '']]);
  expect(await send(till, signed(saleOf(till), device, 1))).toEqual([
    ['rejected', 'device.sequence SEQUENCE_REUSED'],
  ]);
  expect(await send(till, signed(saleOf(till), device, 5))).toEqual([['conflict', 'SEQUENCE_GAP 2 to 4']]);
  expect(await send(till, signed(saleOf(till), device, 3), signed(saleOf(till), device, 3))).toEqual([
    ['created', ''],
    ['rejected', 'device.sequence SEQUENCE_REUSED'],
  ]);
  expect(await send(till, signed(saleOf(till), device, 7))).toEqual([['conflict', 'SEQUENCE_GAP 6']]);
});

it('a rejected sale uses no number; a held or pending sale does', async () => {
  const { till, device } = await strict();
  const unknown = saleOf(till, { items: [{ sku: 'NOTHING' }] });
  const huge = saleOf(till, { items: [{ sku: 'TEA', quantity: amount(100_000) }] });
  expect((await send(till, signed(unknown, device, 1)))[0]![0]).toBe('rejected');
  expect((await send(till, signed(huge, device, 1)))[0]![0]).toBe('held');
  expect((await send(till, signed(saleOf(till), device, 1)))[0]![1]).toBe('device.sequence SEQUENCE_REUSED');
  await closeRegister(till.ctx, { registerId: till.registerId, countedCash: amount(100) });
  expect(await send(till, signed(saleOf(till), device, 2))).toEqual([['pending', 'SESSION_CLOSED null']]);
  expect((await send(till, signed(saleOf(till), device, 2)))[0]![1]).toBe('device.sequence SEQUENCE_REUSED');
});

it('posts a signed sale once, even if it is sent several times at once', async () => {
  const { till, device } = await strict();
  const sale = signed(saleOf(till), device, 1);
  const answers = await Promise.all([1, 2, 3, 4].map(() => bookOfflineSales(till.as(['pos:sell']), [sale])));
  expect(answers.map(([result]) => result!.status).sort()).toEqual([
    'created',
    'replayed',
    'replayed',
    'replayed',
  ]);
});

it('accepts a valid key, once', async () => {
  const till = await openTill(db);
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const input = { registerId: till.registerId, name: 'Tablet' };
  const device = await createRegisterDevice(till.ctx, { ...input, publicKey: raw.toString('base64') });
  expect(device.publicKey).toBe(raw.toString('base64url'));
  const again = createRegisterDevice(till.ctx, { ...input, publicKey: raw.toString('base64url') });
  expect(await codeOf(again)).toBe('ALREADY_EXISTS');
  for (const wrong of ['', 'key', raw.subarray(1).toString('base64'), `${raw.toString('base64')}!`]) {
    const refused = await errorOf(createRegisterDevice(till.ctx, { ...input, publicKey: wrong }));
    expect(refused.errors).toEqual([expect.objectContaining({ field: 'publicKey', code: 'INVALID_KEY' })]);
  }
});
