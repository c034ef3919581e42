import type { PublishedEvent } from '../../kernel/events/bus';
import { PUBLIC_TYPES, shownEvent, unknownTypes } from '../../subgraphs/webhooks/types.rules';

describe('the types of events', () => {
  it('are the published ones, in the order of the alphabet', () => {
    expect([...PUBLIC_TYPES].sort()).toEqual(PUBLIC_TYPES);
    expect(PUBLIC_TYPES).toEqual(expect.arrayContaining(['order.changed', 'sale.completed', 'stock.changed']));
  });

  it('know their own names only, and nothing that every object has', () => {
    expect(unknownTypes([...PUBLIC_TYPES])).toEqual([]);
    expect(unknownTypes(['sale.completed', 'sale', 'toString', 'session.ended'])).toEqual(['sale', 'toString', 'session.ended']);
  });
});

it('shows an event in snake_case, with its branch or null', () => {
  const at = new Date('2026-01-31T12:00:00Z');
  const event: Omit<PublishedEvent, 'branchId'> = {
    id: '1', cursor: 'c1', type: 'sale.completed', organizationId: 'o', key: 'order-1', at,
    payload: { orderId: 'order-1', lines: [{ variantId: 'v' }] },
  }; // prettier-ignore
  const shown = { id: '1', cursor: 'c1', type: 'sale.completed', key: 'order-1', at };
  const data = { order_id: 'order-1', lines: [{ variant_id: 'v' }] };
  expect(shownEvent({ ...event, branchId: 'b' })).toEqual({ ...shown, branchId: 'b', data });
  expect(shownEvent({ ...event, branchId: undefined })).toEqual({ ...shown, branchId: null, data });
});
