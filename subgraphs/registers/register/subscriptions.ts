import { type RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { eventStream, type Stream, type StreamItem } from '#kernel/graph/event-stream';
import { isUuid } from '#kernel/ids';
import { subscriptionBranch } from '#subgraphs/auth/index';
import { registerChanged } from '../events';
import type { RegisterSessionStatus, SubscriptionRegisterChangedArgs } from '../inputs.generated';
import { registersByIds } from './registers';

/** A change of a register: opening, closing, handover, cash movement, edit or device. */
export interface RegisterChange {
  /** Cursor to continue after this change. */
  cursor: string;
  at: Date;
  registerId: string;
  branchId: string;
  status: RegisterSessionStatus;
  registerSessionId: string | null;
}

/** @throws PosProError 404 for an unknown register or branch; 400 for a malformed cursor. */
export async function registerChanges(
  ctx: RequestContext,
  watch: SubscriptionRegisterChangedArgs,
): Promise<Stream<StreamItem<RegisterChange>>> {
  const { registerId: id, since } = watch;
  if (id != null && !(isUuid(id) && (await registersByIds(ctx.db, [id])).has(id.toLowerCase())))
    throw notFound('register', id);
  // A named register needs no branch.
  const branchId =
    id != null && watch.branchId == null ? undefined : await subscriptionBranch(ctx, watch.branchId);
  return eventStream(ctx, {
    types: [registerChanged.type],
    branchId,
    since,
    states: true,
    accept: ({ key }) => id == null || key === id.toLowerCase(),
    map: ({ cursor, at, key, payload, branchId: branch }) => ({
      cursor,
      at,
      registerId: key,
      branchId: branch!,
      status: payload.status as RegisterSessionStatus,
      registerSessionId: typeof payload.sessionId === 'string' ? payload.sessionId : null,
    }),
  });
}
