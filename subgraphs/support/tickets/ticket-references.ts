/** References of a ticket: its customer, order, queue and user. */
import { sql, type Transaction } from '#kernel/db/database';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { throwFieldErrors } from '#kernel/validation';
import { usersById } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import { ordersByIds } from '#subgraphs/orders/index';
import { queuesByIds } from '../queues/ticket-queues';
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
  const missing = (field: keyof References, what: string) =>
    errors.push({ field, message: `There is no such ${what}.`, code: 'NOT_FOUND' });
  const checked: Checked = {};
  for (const field of ['customerId', 'orderId', 'queueId', 'assigneeId'] as const)
    if (input[field] !== undefined) checked[field] = input[field]?.toLowerCase() ?? null;
  if (input.customerId != null) {
    const customer = isUuid(input.customerId) ? await customerById(tx, input.customerId) : undefined;
    if (customer) checked.customerId = customer.id;
    else missing('customerId', 'customer');
  }
  if (input.queueId != null && !(await lockQueue(tx, input.queueId))) missing('queueId', 'queue');
  if (input.assigneeId != null) {
    const [user] = await usersById(tx, [input.assigneeId]);
    if (!user || user.disabledAt) missing('assigneeId', 'active user');
  }
  if (input.orderId != null) {
    const [order] = await ordersByIds(tx, [input.orderId]);
    const buyer = checked.customerId === undefined ? customerId : checked.customerId;
    if (!order) missing('orderId', 'order');
    else if (buyer === null) checked.customerId = order.customerId;
    else if (order.customerId !== null && order.customerId !== buyer)
      errors.push({ field: 'orderId', message: 'The order has another customer.', code: 'INVALID' });
  }
  throwFieldErrors(errors);
  return checked;
}

/** Keeps a queue from being deleted until the commit. */
async function lockQueue(tx: Transaction, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  await tx.run(sql`select from ticket_queues where id = ${id}::uuid for key share`);
  return (await queuesByIds(tx, [id])).size > 0;
}
