/** References of a ticket: its customer, order, queue and user. */
import { sql, type Transaction } from '#kernel/db/database';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { throwFieldErrors } from '#kernel/validation';
import { usersById } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import { ordersByIds } from '#subgraphs/orders/index';
import { queuesByIds } from '../queues/ticket-queues';
import { unknownReference } from '../unknown-reference';
import type { TicketRow } from '../tables.generated';

/** The references of an input; undefined ones are not checked, null removes one. */
export interface References {
  readonly customerId?: string | null | undefined;
  readonly orderId?: string | null | undefined;
  readonly queueId?: string | null | undefined;
  readonly assigneeId?: string | null | undefined;
}

type Checked = Partial<Pick<TicketRow, 'customerId' | 'orderId' | 'queueId' | 'assigneeId'>>;

/**
 * The references as they are stored. A ticket about an order has the order's customer.
 * @param customerId the customer that the ticket has already.
 * @throws PosProError 422 by field for unknown ones, for a disabled user, and for an order of another customer.
 */
export async function checkedReferences(
  tx: Transaction,
  input: References,
  customerId: string | null = null,
): Promise<Checked> {
  const errors: FieldError[] = [];
  const checked: Checked = {};
  for (const field of ['customerId', 'orderId', 'queueId', 'assigneeId'] as const)
    if (input[field] !== undefined) checked[field] = input[field]?.toLowerCase() ?? null;
  if (input.customerId != null) {
    checked.customerId = await presentCustomer(tx, input.customerId);
    if (checked.customerId === null) errors.push(unknownReference('customerId', 'customer'));
  }
  if (input.queueId != null && !(await lockQueue(tx, input.queueId)))
    errors.push(unknownReference('queueId', 'queue'));
  if (input.assigneeId != null && !(await isActiveUser(tx, input.assigneeId)))
    errors.push(unknownReference('assigneeId', 'active user'));
  if (input.orderId != null) {
    const buyer = checked.customerId === undefined ? customerId : checked.customerId;
    const order = await checkedOrder(tx, input.orderId, buyer);
    if ('error' in order) errors.push(order.error);
    else checked.customerId = order.customerId;
  }
  throwFieldErrors(errors);
  return checked;
}

/** The id of a customer, of the kept one if two were merged; null for an unknown one. */
async function presentCustomer(tx: Transaction, id: string): Promise<string | null> {
  const customer = isUuid(id) ? await customerById(tx, id) : undefined;
  return customer?.id ?? null;
}

async function isActiveUser(tx: Transaction, id: string): Promise<boolean> {
  const [user] = await usersById(tx, [id]);
  return user !== undefined && !user.disabledAt;
}

/** The customer of a ticket about an order: the one it has, else the order's. */
async function checkedOrder(
  tx: Transaction,
  id: string,
  buyer: string | null,
): Promise<{ customerId: string | null } | { error: FieldError }> {
  const [order] = await ordersByIds(tx, [id]);
  if (!order) return { error: unknownReference('orderId', 'order') };
  if (buyer === null) return { customerId: order.customerId };
  if (order.customerId === null || order.customerId === buyer) return { customerId: buyer };
  return { error: { field: 'orderId', message: 'The order has another customer.', code: 'INVALID' } };
}

/** Keeps a queue from being deleted until the commit. */
async function lockQueue(tx: Transaction, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  await tx.run(sql`select from ticket_queues where id = ${id}::uuid for key share`);
  return (await queuesByIds(tx, [id])).size > 0;
}
