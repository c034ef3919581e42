import { createHmac } from 'node:crypto';
import { signatureHeader } from '#subgraphs/webhooks/signature.rules';

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
