/** Receipts as text and as HTML: their contents, and the marks of copies and returns. */
import { refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
});
afterAll(() => db.close());

const item = (sku: string, quantity: number | string) => ({ sku, quantity: amount(quantity) });
const cash = (value: number | string) => ({ method: 'cash' as const, amount: amount(value) });
const card = (value: number | string) => ({
  method: 'card' as const,
  amount: amount(value),
  reference: 'T-9',
});

describe('a receipt', () => {
  it('has 42 columns, and marks every print after the first as a copy', async () => {
    const shop = await openTill(db, { taxNumber: 'DE123456789' });
    const { order } = await checkout(shop.ctx, {
      items: [{ ...item('TEA', 2), discount: { percent: amount(10) } }, item('CHEESE', '0.350')],
      payments: [card('3.27'), cash(20)],
      createdAt: new Date(),
    });
    const first = await printReceipt(shop.ctx, order.id, 'text');
    expect(first).toMatchObject({
      receiptNumber: 'MAIN.T1-R0000001',
      format: 'text',
      encoding: 'utf-8',
      copy: 1,
    });
    const lines = first.content.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(42);
    const shown = lines
      .filter((line) => !line.startsWith('Date') && !line.startsWith('Cashier'))
      .map((line) => line.replace(/\s+/g, ' ').trim());
    expect(shown).toEqual([
      'Corner Shop',
      'Main Street',
      '1 Main Street',
      '10115 Berlin',
      'Tax no. DE123456789',
      '-'.repeat(42),
      'Receipt MAIN.T1-R0000001',
      'Register Till 1',
      '-'.repeat(42),
      'Product TEA 7.00',
      '2 x 3.50',
      'Discount -0.70',
      'Product CHEESE 6.97',
      '0.35 kg x 19.90',
      '-'.repeat(42),
      'Subtotal 13.97',
      'Discounts -0.70',
      'TOTAL EUR 13.27',
      '-'.repeat(42),
      'Card T-9 3.27',
      'Cash 20.00',
      'Change 10.00',
      '-'.repeat(42),
      'Tax Net Amount',
      '7 % 6.51 0.46',
      '19 % 5.29 1.01',
      '-'.repeat(42),
      'Thank you',
      '',
    ]);
    const second = await printReceipt(shop.ctx, order.id, 'text');
    expect([second.copy, second.content.includes('*** COPY 1 ***')]).toEqual([2, true]);
    const html = await printReceipt(shop.ctx, order.id, 'html');
    expect([html.copy, html.content.startsWith('<!doctype html>'), html.content.includes('COPY 2')]).toEqual([
      3,
      true,
      true,
    ]);
  });

  it('names the returned sale, and escapes the names in it', async () => {
    const shop = await openTill(db, { name: 'A <b> & "Sons"' });
    const { order } = await checkout(shop.ctx, { items: [item('TEA', 1)], paymentMethod: 'cash' as const });
    const back = await refundOrder(shop.ctx, order.id);
    const receipt = await printReceipt(shop.ctx, back.order.id, 'text');
    expect(receipt.content).toMatch(/\*\*\* RETURN \*\*\*/);
    expect(receipt.content).toMatch(/For receipt +MAIN\.T1-R0000001/);
    expect(receipt.content).toMatch(/TOTAL EUR +-3\.50/);
    expect((await printReceipt(shop.ctx, back.order.id, 'html')).content).toContain(
      'A &lt;b&gt; &amp; &quot;Sons&quot;',
    );
  });

  it('is rejected for an unknown order', async () => {
    const error = await errorOf(printReceipt(till.ctx, till.ctx.ids.next(), 'escpos'));
    expect([error.code, error.status]).toEqual(['NOT_FOUND', 404]);
    expect((await errorOf(printReceipt(till.ctx, 'nonsense', 'text'))).status).toBe(404);
  });
});
