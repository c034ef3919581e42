import type { PublishedEvent } from '#kernel/events/bus';
import {
  assertTypesKnown,
  EVENT_TYPES,
  PING,
  PUBLIC_TYPES,
  scopesOfType,
  toFeedEvent,
  readableTypes,
} from '#subgraphs/webhooks/event-catalog';

describe('the types of events', () => {
  it('are listed in alphabetical order', () => {
    expect([...PUBLIC_TYPES].sort()).toEqual(PUBLIC_TYPES);
    expect(PUBLIC_TYPES).toEqual(
      expect.arrayContaining(['order.changed', 'sale.completed', 'stock.changed']),
    );
  });

  it('are distinguished from unknown names, including the names of object properties', () => {
    expect(() => assertTypesKnown([...PUBLIC_TYPES])).not.toThrow();
    const messageFor = (...types: string[]): string => {
      try {
        assertTypesKnown(types);
      } catch (error) {
        return (error as Error).message;
      }
      return 'known';
    };
    const list = 'GET /api/v1/events/types lists all types, as does eventTypes in GraphQL.';
    expect(messageFor('sale.completed', 'sale.complete')).toBe(
      `"sale.complete" is not a type of event. Did you mean "sale.completed"? ${list}`,
    );
    expect(messageFor('Stock.Change')).toContain('Did you mean "stock.changed"?');
    // Nothing is near to these.
    for (const name of ['toString', 'session.ended', 'x'.repeat(500)])
      expect(messageFor(name)).toBe(`"${name.slice(0, 60)}" is not a type of event. ${list}`);
  });

  it('are all described, with the schema of their data', () => {
    expect(EVENT_TYPES.map(({ type }) => type)).toEqual(PUBLIC_TYPES);
    const incomplete = EVENT_TYPES.filter(
      ({ type, description, permissions, dataSchema }) =>
        !description.endsWith('.') ||
        JSON.stringify(permissions) !== JSON.stringify(scopesOfType(type)) ||
        !JSON.stringify(dataSchema).includes('"properties":{"'),
    );
    expect(incomplete).toEqual([]);
  });
});

describe('an event', () => {
  /** The expected readers of each type, written by hand. */
  const SCOPES = {
    '': 'branch.changed branch.created currency.changed exchange_rate.changed language.changed organization.changed translation.changed',
    'admin:backup': 'backup.finished',
    'catalog:read':
      'barcode_rule.changed brand.changed category.changed import.finished price_list.changed product.changed tax_class.changed unit.changed',
    'customers:read':
      'customer.changed customer.erased customer.merged customer_group.changed customer_segment.changed customer_tier.changed points.changed',
    'finance:read': 'tax_period.closed',
    'inventory:read': 'stock.changed stock.low stock_take.changed transfer.changed',
    'marketing:read': 'campaign.changed loyalty_program.changed loyalty_tier.changed',
    'orders:read': 'order.changed',
    'orders:read reports:read': 'sale.completed',
    'payments:read': 'gift_card.changed settlement.imported store_credit.changed',
    'payments:read pos:sell': 'payment.changed',
    'pos:override reports:read': 'offline_sale.changed',
    'pos:register reports:read': 'register.changed',
    'shipping:read': 'shipment.changed shipping_rate.changed shipping_zone.changed',
    'support:read':
      'business_hours.changed canned_answer.changed sla_policy.changed ticket.breached ticket.changed ticket.escalated ticket_queue.changed',
    'vendors:read': 'commission_rule.changed vendor.changed vendor_balance.changed vendor_payout.changed',
  };
  const table = Object.entries(SCOPES).flatMap(([scopes, types]) =>
    types.split(' ').map((type) => [type, scopes.split(' ').filter(Boolean)] as const),
  );

  it('of each type is readable with the scopes of its subject', () => {
    expect(table.map(([type]) => type).sort()).toEqual(PUBLIC_TYPES);
    expect(table.map(([type]) => [type, scopesOfType(type)])).toEqual(table);
    expect(PING).toBe('ping');
    expect([scopesOfType(PING), scopesOfType('toString')]).toEqual([[], []]);
  });

  it('is visible with one of its scopes, and to every caller if it has none', () => {
    const visible = (...held: string[]) => readableTypes(PUBLIC_TYPES, (scope) => held.includes(scope));
    const typesFor = (...held: string[]) =>
      table
        .filter(([, scopes]) => scopes.length === 0 || scopes.some((scope) => held.includes(scope)))
        .map(([type]) => type)
        .sort();
    expect(visible()).toEqual(typesFor());
    expect(visible('reports:read')).toEqual(typesFor('reports:read'));
    expect(visible('reports:read')).toContain('sale.completed');
    expect(visible('orders:read', 'inventory:read')).toEqual(typesFor('orders:read', 'inventory:read'));
    expect(readableTypes([PING, 'stock.low'], () => false)).toEqual([PING]);
  });
});

it('shows an event in snake_case, with its branch or null', () => {
  const at = new Date('2026-01-31T12:00:00Z');
  const event: Omit<PublishedEvent, 'branchId'> = {
    id: '1',
    cursor: 'c1',
    type: 'sale.completed',
    organizationId: 'o',
    key: 'order-1',
    at,
    payload: { orderId: 'order-1', lines: [{ variantId: 'v' }] },
  };
  const shown = { id: '1', cursor: 'c1', type: 'sale.completed', key: 'order-1', at };
  const data = { order_id: 'order-1', lines: [{ variant_id: 'v' }] };
  expect(toFeedEvent({ ...event, branchId: 'b' })).toEqual({ ...shown, branchId: 'b', data });
  expect(toFeedEvent({ ...event, branchId: undefined })).toEqual({ ...shown, branchId: null, data });
});
