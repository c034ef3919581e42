/** The audit trail of a test: contexts that carry an operation, its entries, and changes past row-level security. */
import { Client } from 'pg';
import { sealEntries, type Sealed } from '#kernel/audit/sealer.worker';
import type { OperationMeta, RequestContext, RequestMeta } from '#kernel/context';
import {
  listAuditEntries,
  changesOf,
  type AuditChangeRow,
  type AuditEntryRow,
} from '#subgraphs/admin/audit-logs.queries';
import type { TestOwner } from '../harness/actors';
import type { TestDatabase } from '../harness/database';

/** The context of a request that carries out an operation. */
export function during(
  db: TestDatabase,
  owner: Pick<TestOwner, 'actor'>,
  name: string,
  input: OperationMeta['input'] = {},
  request: Partial<RequestMeta> = {},
): RequestContext {
  return db.contextFor(owner.actor, { operation: { name, input }, ...request });
}

/** The newest entry of an operation, with its changes. */
export async function entryOf(
  ctx: RequestContext,
  operation: string,
): Promise<{ entry: AuditEntryRow; changes: AuditChangeRow[] }> {
  const entry = (await listAuditEntries(ctx, { operation, size: 1 })).items[0]!;
  const changes = (await changesOf(ctx.db, entry.organizationId, [entry.id])).get(entry.id) ?? [];
  return { entry, changes };
}

/** Seals until no entry waits. */
export async function sealAll(db: TestDatabase): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    const done: Sealed = await sealEntries(db.services.database.system);
    if (done.waiting === 0) return;
  }
  throw new Error('some entries are never sealed');
}

/** Runs statements as a superuser, with the triggers that protect the tables switched off. */
export async function tamper(db: TestDatabase, ...statements: string[]): Promise<void> {
  const client = new Client(db.url);
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
