/** Service levels: created, changed, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { type FieldError } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames, listByName } from '#kernel/named-values';
import type { Page } from '#kernel/paging';
import { FieldErrors, throwFieldErrors } from '#kernel/validation';
import { usersById } from '#subgraphs/auth/index';
import { slaPolicyChanged } from '../events';
import type { CreateSlaPolicyInput, QuerySlaPoliciesArgs, UpdateSlaPolicyInput } from '../inputs.generated';
import { queuesByIds } from '../queues/ticket-queues';
import { unknownReference } from '../unknown-reference';
import { slaPolicies, type SlaPolicyRow } from '../tables.generated';
import { withFreeName } from '../taken-names';
import { reclockTickets } from './reclock-tickets';

import { checkedEscalations, checkedTargets } from './sla-input.rules';
import type { SlaEscalation } from './sla-model';

/**
 * Creates a service level, and applies it to the tickets of its queue. Emits "sla_policy.changed".
 * @param id Optional; defaults to a new one.
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name or queue.
 */
export async function createSlaPolicy(
  ctx: RequestContext,
  input: CreateSlaPolicyInput,
  id = ctx.ids.next(),
): Promise<SlaPolicyRow> {
  const values = {
    queueId: null,
    hours: 'business' as const,
    ...checkedTerms({ ...input, escalations: input.escalations ?? [] }),
    ...checkedName(input.name),
  };
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      await assertReferences(tx, values.queueId, values.escalations ?? []);
      const times = { createdAt: tx.now, updatedAt: tx.now };
      const row = slaPolicies.complete({
        ...values,
        ...times,
        id,
        organizationId: tx.organizationId,
        targets: values.targets ?? [],
      });
      await reclockTickets(tx, ctx, ticketsOf([row.queueId]), () => tx.run(slaPolicies.insert(row)));
      tx.emit(slaPolicyChanged({ key: id, payload: { name: row.name, change: 'created' } }));
      return row;
    }),
  );
}

/**
 * Changes a service level, and applies it to its tickets. Emits "sla_policy.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name or queue; 409 or 412 for another version.
 */
export async function updateSlaPolicy(
  ctx: RequestContext,
  id: string,
  { version, name, ...input }: UpdateSlaPolicyInput,
): Promise<SlaPolicyRow> {
  const terms = checkedTerms(input);
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, slaPolicies, 'service level', { id, version });
      const changes = { ...terms, ...(name != null && checkedName(name)) };
      await assertReferences(tx, terms.queueId ?? null, terms.escalations ?? []);
      const queues = [before.queueId, terms.queueId === undefined ? before.queueId : terms.queueId];
      const after = await reclockTickets(tx, ctx, ticketsOf(queues), () =>
        tx.one<SlaPolicyRow>(sql`
          update sla_policies set ${slaPolicies.set({ ...changes, updatedAt: tx.now })} where id = ${before.id}
          returning ${slaPolicies.columns}`),
      );
      if (isChanged(before, after))
        tx.emit(slaPolicyChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a service level. Emits "sla_policy.changed". @throws PosProError 404; 409 or 412 for another version. */
export async function deleteSlaPolicy(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const policy = await lockVersion(tx, slaPolicies, 'service level', { id, version });
    await reclockTickets(tx, ctx, ticketsOf([policy.queueId]), () =>
      tx.prisma.slaPolicy.delete({ where: { id: policy.id } }),
    );
    tx.emit(slaPolicyChanged({ key: policy.id, payload: { name: policy.name, change: 'deleted' } }));
    return deletionOf(policy.id);
  });
}

function checkedName(text: string) {
  const { name, nameKey } = checkedNames({ name: text });
  return { name, nameKey };
}

type Terms = Partial<Pick<SlaPolicyRow, 'queueId' | 'hours' | 'targets' | 'escalations'>>;

/** The terms that an input names, as they are stored. @throws PosProError 422 by field. */
function checkedTerms({
  queueId,
  hours,
  targets,
  escalations,
}: Omit<UpdateSlaPolicyInput, 'version'>): Terms {
  const errors = new FieldErrors();
  const terms = withoutNull({
    hours,
    targets: targets && checkedTargets(errors, targets),
    escalations: escalations && checkedEscalations(errors, escalations),
  });
  errors.throwIfAny();
  return { ...terms, ...(queueId !== undefined && { queueId: queueId?.toLowerCase() ?? null }) };
}

/** The tickets whose terms depend on the policies of queues; the policy of all queues concerns every ticket. */
function ticketsOf(queueIds: readonly (string | null)[]): Sql {
  return queueIds.includes(null) ? sql`true` : sql`t.queue_id = any(${queueIds}::uuid[])`;
}

/** @throws PosProError 422 by field for unknown users and queues. */
async function assertReferences(
  tx: Transaction,
  queueId: string | null,
  escalations: readonly SlaEscalation[],
): Promise<void> {
  const queueIds = [queueId, ...escalations.map((step) => step.queueId)].filter((id) => id !== null);
  const queues = await queuesByIds(tx, queueIds);
  const userIds = escalations.flatMap(({ assigneeId }) => assigneeId ?? []);
  const users = new Set(
    (await usersById(tx, userIds)).filter(({ disabledAt }) => !disabledAt).map(({ id }) => id),
  );
  const errors: FieldError[] = [];
  if (queueId !== null && !queues.has(queueId)) errors.push(unknownReference('queueId', 'queue'));
  escalations.forEach((step, index) => {
    if (step.queueId !== null && !queues.has(step.queueId))
      errors.push(unknownReference(`escalations.${index}.queueId`, 'queue'));
    if (step.assigneeId !== null && !users.has(step.assigneeId))
      errors.push(unknownReference(`escalations.${index}.assigneeId`, 'active user'));
  });
  throwFieldErrors(errors);
}

/** A page of the organization's service levels, by name. */
export function listSlaPolicies(db: Queryable, filter: QuerySlaPoliciesArgs): Promise<Page<SlaPolicyRow>> {
  return listByName(db, slaPolicies, filter);
}

/** Service levels by their ids. */
export function slaPoliciesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SlaPolicyRow>> {
  return rowsByIds(db, slaPolicies, ids);
}

/** The service level with an id. @throws PosProError 404. */
export function requireSlaPolicy(db: Queryable, id: string): Promise<SlaPolicyRow> {
  return requireRow(db, slaPolicies, 'service level', id);
}
