/** A page of a trail is read by the ids of its entries, so that a check takes as long as the trail, and not as its square. */
import { Client } from 'pg';
import { verifyTrail } from '#kernel/audit/verify';
import { sealAll, tamper } from '#test/admin/audit-trail';
import { createOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { statementsOf } from '#test/harness/statements';

/** Entries of the trail, and of the first page of the check. */
const [ENTRIES, PAGE] = [3_000, 2_000];

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

let db: TestDatabase;
let client: Client;
beforeAll(async () => {
  db = await testDatabase();
  client = new Client(db.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await db.close();
});

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

it('reads the entries of a page, and no others', async () => {
  const { ctx, organizationId } = await createOwner(db);
  await tamper(
    db,
    `insert into audit_entries (organization_id, id, at, actor_kind, operation, input, address, request_id)
       select '${organizationId}', uuidv7(), now(), 'platform', 'sale', '{}', '', '' from generate_series(1, ${ENTRIES})`,
    `insert into audit_pending (organization_id, entry_id, xid, since)
       select organization_id, id, '3', now() from audit_entries where operation = 'sale' and organization_id = '${organizationId}'`,
  );
  await sealAll(db);
  const statements = await statementsOf(() => verifyTrail(ctx.db, organizationId));
  const page = statements.find(({ text }) => text.includes('pospro_audit_hash'))!;
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, format json) ${page.text}`,
    page.values,
  );
  const read = nodesOf(rows[0]!['QUERY PLAN'][0].Plan)
    .filter((node) => node['Relation Name']?.startsWith('audit_entries'))
    .reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0);
  expect(read).toBe(PAGE);
});
