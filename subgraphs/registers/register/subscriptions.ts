/** What the registers tell as it happens. */
import { type RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { isUuid } from '#kernel/ids';
import { subscriptionBranch } from '#subgraphs/auth/index';
import type { SubscriptionRegisterChangedArgs } from '../inputs.generated';
import { registersByIds } from './registers';
import { type SessionStatus } from '../model';

/** Something happened at a register: it was opened, closed, handed over or changed, or cash was moved. */
export interface RegisterChange {
  /** Where to go on after this one. */
  cursor: string;
  at: Date;
  registerId: string;
  branchId: string;
  status: SessionStatus;
  registerSessionId: string | null;
}

/** @throws PosProError 404 for an unknown register or branch, 400 for a bad cursor. */
export async function registerChanges(
  ctx: RequestContext,
  watch: SubscriptionRegisterChangedArgs,
): Promise<Stream<StreamItem<RegisterChange>>> {
  const { registerId: id, since } = watch;
  if (id != null && !(isUuid(id) && (await registersByIds(ctx.db, [id])).has(id.toLowerCase())))
    throw notFound('register', id);
  // A register names its branch already.
  const branchId =
    id != null && watch.branchId == null ? undefined : await subscriptionBranch(ctx, watch.branchId);
  return eventStream(ctx, {
    types: ['register.changed'],
    branchId,
    since,
    states: true,
    accept: ({ key }) => id == null || key === id.toLowerCase(),
    map: ({ cursor, at, key, payload, branchId: branch }) => ({
      cursor,
      at,
      registerId: key,
      branchId: branch!,
      status: payload.status as SessionStatus,
      registerSessionId: typeof payload.sessionId === 'string' ? payload.sessionId : null,
    }),
  });
}
