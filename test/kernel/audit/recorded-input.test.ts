import { Unreadable } from '#kernel/graph/deferred-input';
import { recordedInput } from '#kernel/audit/recorded-input';
import { Decimal } from '#kernel/decimal';

describe('the input as the audit trail keeps it', () => {
  it.each([
    ['login', { input: { email: 'a@b.test', password: 'x', otp: '1' } }, { input: { email: 'a@b.test', password: '[secret]', otp: '[secret]' } }],
    ['confirmTwoFactor', { code: '123456' }, { code: '[secret]' }],
    ['createBranch', { input: { code: 'MAIN', shippingPin: 1 } }, { input: { code: 'MAIN', shippingPin: '[secret]' } }],
    ['createProduct', { input: { name: 'Hot Product', hotProducts: 2, shipping: 'yes' } }, { input: { name: 'Hot Product', hotProducts: 2, shipping: 'yes' } }],
    ['createCustomer', { input: { name: 'Ann', email: null, tags: ['vip'], creditLimit: new Decimal('9.50') } }, { input: { name: '[personal]', email: null, tags: '[personal]', creditLimit: '9.5' } }],
    ['checkout', { input: { note: 'gift', customer: { name: 'Ann', phone: '1' } } }, { input: { note: 'gift', customer: { name: '[personal]', phone: '[personal]' } } }],
    ['placeOrder', { input: { shippingAddress: { recipient: 'Ann', line1: 'Row 9', country: 'US' } } }, { input: { shippingAddress: { recipient: '[personal]', line1: '[personal]', country: 'US' } } }],
    ['any', { at: new Date('2026-01-31T00:00:00Z'), flag: false, none: undefined, bad: 'a\0b\ud800c' }, { at: '2026-01-31T00:00:00.000Z', flag: false, bad: 'abc' }],
    ['any', { long: 'x'.repeat(500) }, { long: `${'x'.repeat(200)}… (500 characters)` }],
    ['any', { list: Array.from({ length: 22 }, (_, index) => index) }, { list: [...Array.from({ length: 20 }, (_, index) => index), '… 2 more'] }],
    ['bookOfflineSales', { sales: [new Unreadable([], { clientReference: 'A1' })] }, { sales: ['[unreadable]'] }],
    ['upload', { file: new (class File { filename = 'goods.csv'; })() }, { file: '[file goods.csv]' }],
  ])('%s %#', (operation, input, kept) => {
    expect(recordedInput(operation, input)).toEqual(kept);
  }); // prettier-ignore

  it('is bounded, whatever was sent', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`key${index}`, 'x'.repeat(190)]),
    );
    const deep = Array.from({ length: 100 }).reduce<object>((inner) => ({ inner }), {});
    for (const input of [
      { input: { wide } },
      { input: wide },
      wide,
      { deep },
      { list: Array.from({ length: 20 }, () => wide) },
    ]) {
      expect(JSON.stringify(recordedInput('any', input as Record<string, unknown>)).length).toBeLessThan(
        20_000,
      );
    }
  });
});
