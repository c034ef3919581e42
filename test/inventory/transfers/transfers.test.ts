import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { incomingOf, listTransfers, transferById } from '#subgraphs/inventory/transfers/transfers.queries';
import {
  cancelTransfer,
  createTransfer,
  receiveTransfer,
  sendTransfer,
  transferStock,
} from '#subgraphs/inventory/transfers/transfers';
import {
  transferStep,
  type TransferAction,
  type TransferStatus,
} from '#subgraphs/inventory/transfers/transfer-states.rules';
import { inventoryValuation } from '#subgraphs/inventory/stock/valuation.queries';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import type { Item } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';
import { levelText, move, openStockedShop, post, type StockedShop } from '#test/inventory/stocked-shop';

describe('the states of a transfer', () => {
  const statuses: TransferStatus[] = ['draft', 'sent', 'received', 'cancelled'];
  const actions: TransferAction[] = ['send', 'receive', 'cancel'];

  it('lead only where they may, and say where a transfer stands', () => {
    const outcomes = statuses.flatMap((status) =>
      actions.map((action) => {
        try {
          return `${status} ${action} → ${transferStep(status, action)}`;
        } catch (error) {
          expect(error).toMatchObject({ code: 'ILLEGAL_STATE', status: 409, details: { status } });
          expect((error as Error).message).toContain(`"${status}"`);
          return '';
        }
      }),
    );
    expect(outcomes.filter(Boolean)).toEqual([
      'draft send → sent',
      'draft cancel → cancelled',
      'sent receive → received',
    ]);
  });

  it('end after two steps at most', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 8 }), (steps) => {
        let status: TransferStatus = 'draft';
        let taken = 0;
        for (const step of steps) {
          try {
            status = transferStep(status, step);
            taken += 1;
          } catch (error) {
            expect(error).toMatchObject({ code: 'ILLEGAL_STATE' });
          }
        }
        expect(taken).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('transfers in steps', () => {
  let db: TestDatabase;
  let shop: StockedShop;
  let main: string;
  let harbour: string;
  const clock = new SettableClock(new Date('2026-11-10T10:00:00Z'));
  beforeAll(async () => {
    db = await testDatabase({ clock });
    shop = await openStockedShop(db, 20);
    [main, harbour] = shop.warehouseIds;
  });
  afterAll(() => db.close());

  let used = 0;
  const fresh = (): Item => shop.items[used++]!;
  const stocked = async (quantity: number, unitCost = 2): Promise<Item> => {
    const item = fresh();
    await post(shop, [move(main, item, quantity, { unitCost: amount(unitCost) })]);
    return item;
  };
  const draft = (item: Item, quantity: number, send = false) =>
    createTransfer(shop.ctx, {
      fromWarehouseId: main,
      toWarehouseId: harbour,
      items: [{ variantId: item.variantId, quantity: amount(quantity) }],
      send,
    });

  it('move nothing as a draft, leave when sent, and arrive when received', async () => {
    const item = await stocked(10);
    const written = await draft(item, 4);
    expect(written).toMatchObject({ status: 'draft', userId: shop.owner.id, sentAt: null });
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '10' });

    const sent = await sendTransfer(shop.ctx, written.id);
    expect(sent).toMatchObject({ status: 'sent', items: [{ sku: item.sku }] });
    expect([sent.items[0]!.unitCost!.toFixed(), sent.items[0]!.fromLevel!.toFixed()]).toEqual(['2', '6']);
    expect(await levelText(shop.ctx, main, item)).toMatchObject({ onHand: '6' });
    expect(await levelText(shop.ctx, harbour, item)).toBeUndefined();
    const incoming = (await incomingOf(shop.ctx.db, [harbour])).find(
      (row) => row.variantId === item.variantId,
    )!;
    expect([incoming.quantity.toFixed(), incoming.value.toFixed()]).toEqual(['4', '8']);
    expect(
      (await (await inventoryValuation(shop.ctx, { warehouseId: harbour })).inTransit()).value.toFixed(),
    ).toBe('8');

    const received = await receiveTransfer(shop.ctx, written.id, {});
    expect([
      received.status,
      received.items[0]!.receivedQuantity!.toFixed(),
      received.items[0]!.reason,
    ]).toEqual(['received', '4', null]);
    expect(await levelText(shop.ctx, harbour, item)).toEqual({ onHand: '4', averageCost: '2', movements: 1 });
    expect(await incomingOf(shop.ctx.db, [harbour])).toEqual([]);
    expect(await transferById(shop.ctx.db, written.id)).toEqual(received);
  });

  it('book a difference as a movement of its own, with its reason', async () => {
    const [less, more] = [await stocked(10), await stocked(10, 3)];
    const sent = await createTransfer(shop.ctx, {
      fromWarehouseId: main,
      toWarehouseId: harbour,
      items: [
        { variantId: less.variantId, quantity: amount(5) },
        { variantId: more.variantId, quantity: amount(5) },
      ],
      send: true,
    });
    const received = await receiveTransfer(shop.ctx, sent.id, {
      items: [
        { line: 1, quantity: amount(3), reason: 'damage' },
        { line: 2, quantity: amount(6) },
      ],
    });
    expect(
      received.items.map((item) => [item.receivedQuantity!.toFixed(), item.reason, item.toLevel!.toFixed()]),
    ).toEqual([
      ['3', 'damage', '3'],
      ['6', 'transfer_difference', '6'],
    ]);
    const movements = await shop.ctx.db.many(sql`
      select kind, trim_scale(quantity)::text as quantity, reason from stock_movements
      where reference_id = ${sent.id} and warehouse_id = ${harbour}::uuid order by variant_id, sequence`);
    expect(movements).toEqual([
      { kind: 'transfer_in', quantity: '5', reason: null },
      { kind: 'adjustment', quantity: '-2', reason: 'damage' },
      { kind: 'transfer_in', quantity: '5', reason: null },
      { kind: 'adjustment', quantity: '1', reason: 'transfer_difference' },
    ]);
    const sums = await shop.ctx.db.one(sql`
      select trim_scale(sum(quantity))::text as total from stock_movements
      where reference_id = ${sent.id} and kind in ('transfer_in', 'transfer_out')`);
    expect(sums).toEqual({ total: '0' });
  });

  it('are cancelled only before they leave', async () => {
    const item = await stocked(5);
    const given = await draft(item, 2);
    expect(await cancelTransfer(shop.ctx, given.id)).toMatchObject({ status: 'cancelled' });
    expect(await errorOf(sendTransfer(shop.ctx, given.id))).toMatchObject({
      code: 'ILLEGAL_STATE',
      details: { status: 'cancelled' },
    });
    const sent = await draft(item, 2, true);
    expect(await errorOf(cancelTransfer(shop.ctx, sent.id))).toMatchObject({
      code: 'ILLEGAL_STATE',
      status: 409,
      message: `The transfer is "sent" and cannot be cancelled.`,
    });
    await receiveTransfer(shop.ctx, sent.id, {});
    expect(await errorOf(receiveTransfer(shop.ctx, sent.id, {}))).toMatchObject({
      details: { status: 'received' },
    });
  });

  it('are received once, however many do it at once', async () => {
    const item = await stocked(5);
    const sent = await draft(item, 5, true);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => receiveTransfer(shop.ctx, sent.id, {})),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await levelText(shop.ctx, harbour, item)).toMatchObject({ onHand: '5' });
  });

  it('refuse what is not there, what is finer than the goods, and the lines of others', async () => {
    const item = await stocked(3);
    expect(await errorOf(draft(item, 4, true))).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      errors: [{ field: 'items.0.quantity' }],
      details: { items: [{ line: 0, requested: '4', available: '3' }] },
    });
    const sent = await draft(item, 3, true);
    const faults: [{ line: number; quantity: string }[], string][] = [
      [[{ line: 2, quantity: '1' }], 'items.0.line'],
      [[{ line: 1, quantity: '-1' }], 'items.0.quantity'],
      [[{ line: 1, quantity: '0.5' }], 'items.0.quantity'],
      [
        [
          { line: 1, quantity: '1' },
          { line: 1, quantity: '2' },
        ],
        'items.1.line',
      ],
    ];
    for (const [lines, field] of faults) {
      const items = lines.map(({ line, quantity }) => ({ line, quantity: amount(quantity) }));
      const error = await errorOf(receiveTransfer(shop.ctx, sent.id, { items }));
      expect([error.status, error.errors![0]!.field]).toEqual([422, field]);
    }
    const other = await openStockedShop(db, 1);
    for (const id of [sent.id, randomUUID(), 'x']) {
      expect(await errorOf(receiveTransfer(other.ctx, id, {}))).toMatchObject({
        code: 'NOT_FOUND',
        status: 404,
      });
    }
    await receiveTransfer(shop.ctx, sent.id, {});
  });

  it('in one step are the same document, and with in_transit they only leave', async () => {
    const item = await stocked(10);
    const ends = { fromWarehouseId: main, toWarehouseId: harbour, variantId: item.variantId };
    const done = await transferStock(shop.ctx, { ...ends, quantity: amount(3) });
    expect(done).toMatchObject({ status: 'received' });
    const way = await transferStock(shop.ctx, { ...ends, quantity: amount(2), inTransit: true });
    expect(way).toMatchObject({ status: 'sent', receivedAt: null });
    const sent = await listTransfers(shop.ctx, { status: 'sent' });
    expect(sent.items.map((transfer) => transfer.id)).toEqual([way.id]);
    const all = await listTransfers(shop.ctx, { fromWarehouseId: main, size: 2 });
    expect(all.items.map((transfer) => [transfer.id, transfer.items.length])).toEqual([
      [way.id, 1],
      [done.id, 1],
    ]);
    expect((await listTransfers(shop.ctx, { toWarehouseId: main })).items).toEqual([]);
  });

  it('are valued as of any day while they are on the way', async () => {
    const [now] = [new Date('2026-11-10T10:00:00Z')];
    const item = await stocked(10, 7);
    const value = async (asOf?: string) =>
      (await (await inventoryValuation(shop.ctx, { asOf: asOf ?? null })).inTransit()).value;
    const before = await value();
    clock.set(new Date('2026-11-11T10:00:00Z'));
    const sent = await draft(item, 4, true);
    clock.set(new Date('2026-11-14T10:00:00Z'));
    await receiveTransfer(shop.ctx, sent.id, {});
    const days = await Promise.all(
      ['2026-11-10', '2026-11-11', '2026-11-13', '2026-11-14'].map((day) => value(day)),
    );
    expect(days.map((day) => day.minus(before).toFixed())).toEqual(['0', '28', '28', '0']);
    clock.set(now);
  });
});
