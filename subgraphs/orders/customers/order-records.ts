/** All records of customers, in the order of their export. */
import { raw, sql } from '#kernel/db/database';
import { CUSTOMER_RECORDS, byCustomerId, type CustomerRecords } from '#subgraphs/customers/index';
import { DISCOUNTS_OF_ORDER, MARKETING_RECORDS } from '#subgraphs/marketing/index';
import { PAYMENT_RECORDS, payments } from '#subgraphs/payments/index';
import {
  cartItems,
  carts,
  orderDiscounts,
  orderLines,
  orderShipmentLines,
  orderShipments,
  orderSteps,
  orders,
  trainingSales,
} from '../tables.generated';

const ORDER_RECORDS: readonly CustomerRecords[] = [
  {
    kind: 'order',
    table: orders,
    where: byCustomerId,
    key: 'id',
    parts: {
      // The cost of goods is a figure of the shop.
      lines: { table: orderLines.omit('unitCost', 'cost'), of: 'order_id', order: 'line_no' },
      discounts: { table: orderDiscounts, of: 'order_id', order: 'discount_no, line_no' },
      payments: { table: payments, of: 'order_id', order: 'position, id' },
      campaigns: DISCOUNTS_OF_ORDER,
      steps: { table: orderSteps, of: 'order_id', order: 'id' },
    },
  },
  {
    kind: 'shipment',
    table: orderShipments,
    where: (ids) =>
      sql`t.order_id in (select o.id from orders o where o.customer_id = any(${ids}::uuid[]) and o.organization_id = t.organization_id)`,
    key: 'id',
    parts: { lines: { table: orderShipmentLines.omit('unitCost'), of: 'shipment_id', order: 'line_no' } },
  },
  {
    kind: 'cart',
    table: carts,
    where: byCustomerId,
    key: 'id',
    parts: { items: { table: cartItems, of: 'cart_id', order: 'id' } },
  },
  {
    kind: 'training_sale',
    table: trainingSales,
    where: (ids) => sql`t.sale -> 'order' ->> 'customerId' = any(${ids}::text[])`,
    key: 'id',
  },
];

/** Parked baskets belong to a domain behind this one, so their table is named here. */
const TILL_RECORDS: readonly CustomerRecords[] = [
  {
    kind: 'parked_basket',
    table: { name: 'parked_baskets', select: (alias) => raw(`${alias}.*`) },
    where: byCustomerId,
    key: 'id',
  },
];

const ofTicketsOf = (ids: readonly string[]) =>
  sql`t.ticket_id in (select k.id from tickets k where k.customer_id = any(${ids}::uuid[]) and k.organization_id = t.organization_id)`;

const ATTACHMENT_COLUMNS = [
  'id',
  'ticket_id',
  'message_id',
  'filename',
  'content_type',
  'size',
  'created_at',
];

/** Tickets, which belong to a later domain as well. Notes are for the staff, and never reach the customer. */
const SUPPORT_RECORDS: readonly CustomerRecords[] = [
  {
    kind: 'ticket',
    table: { name: 'tickets', select: (alias) => raw(`${alias}.*`) },
    where: byCustomerId,
    key: 'id',
  },
  {
    kind: 'ticket_message',
    table: { name: 'ticket_messages', select: (alias) => raw(`${alias}.*`) },
    where: (ids) => sql`t.kind in ('customer', 'reply') and ${ofTicketsOf(ids)}`,
    key: 'id',
  },
  {
    kind: 'ticket_attachment',
    table: {
      name: 'ticket_attachments',
      select: (alias) => raw(ATTACHMENT_COLUMNS.map((column) => `${alias}.${column}`).join(', ')),
    },
    where: (ids) => sql`${ofTicketsOf(ids)}
      and exists (select from ticket_messages m where m.id = t.message_id and m.kind in ('customer', 'reply'))`,
    key: 'id',
  },
];

/** The records of all domains. */
export const RECORDS_OF_CUSTOMERS: readonly CustomerRecords[] = [
  ...CUSTOMER_RECORDS,
  ...ORDER_RECORDS,
  ...PAYMENT_RECORDS,
  ...MARKETING_RECORDS,
  ...TILL_RECORDS,
  ...SUPPORT_RECORDS,
];
