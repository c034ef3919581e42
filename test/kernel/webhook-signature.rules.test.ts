import { createHmac } from 'node:crypto';
import { isSignatureOf, signatureHeader } from '#kernel/webhook-signature.rules';

it('signs "timestamp.body" with each secret by HMAC-SHA256', () => {
  const body = '{"name":"Käse – 乳"}';
  const by = (secret: string) =>
    createHmac('sha256', secret)
      .update(Buffer.from(`1700000000.${body}`, 'utf8'))
      .digest('hex');
  const now = new Date(1_700_000_000_999);
  expect(signatureHeader(body, ['one'], now)).toBe(`t=1700000000,v1=${by('one')}`);
  expect(signatureHeader(body, ['one', 'two'], now)).toBe(`t=1700000000,v1=${by('one')},v1=${by('two')}`);
});

it('agrees with a signature that another implementation made', () => {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
  const known = 'b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163';
  expect(signatureHeader('{}', ['secret'], new Date(1_700_000_000_000))).toBe(`t=1700000000,v1=${known}`);
});

it('accepts a signature of the secret and the body for five minutes before and after', () => {
  const at = 1_700_000_000_000;
  const header = signatureHeader('{}', ['secret'], new Date(at));
  const check = (changed: { header?: unknown; body?: string; secret?: string; seconds?: number }) =>
    isSignatureOf(
      'header' in changed ? changed.header : header,
      Buffer.from(changed.body ?? '{}'),
      changed.secret ?? 'secret',
      new Date(at + (changed.seconds ?? 0) * 1000),
    );
  for (const seconds of [-300, 0, 300]) expect([seconds, check({ seconds })]).toEqual([seconds, true]);
  for (const changed of [
    { seconds: 301 },
    { seconds: -301 },
    { body: '{ }' },
    { secret: 'Secret' },
    { header: undefined },
    { header: '' },
    { header: `${header}0` },
    { header: header.replace('v1=', 'v2=') },
    { header: header.replace('1700000000', '1700000001') },
  ])
    expect([changed, check(changed)]).toEqual([changed, false]);
});
