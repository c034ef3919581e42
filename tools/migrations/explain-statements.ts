/** Plans recorded statements on a schema, without running them: names, types and rights must fit. */
import { Client } from 'pg';
import { readDatabaseUrl } from '#kernel/db/database-url';
import type { RecordedStatements } from './releases';

/** Statements that can be planned. Others, such as BEGIN, name nothing of a schema. */
export const PLANNABLE = /^\s*(select|insert|update|delete|merge|with|values|\()/i;

export interface BrokenStatement {
  readonly role: string;
  readonly text: string;
  readonly reason: string;
}

/**
 * The statements that the database cannot plan for the role that sends them.
 * @param url the database, as a user who may become the roles.
 */
export async function brokenStatements(
  url: string,
  statements: RecordedStatements,
): Promise<BrokenStatement[]> {
  const client = new Client(readDatabaseUrl(url).config);
  await client.connect();
  try {
    const broken: BrokenStatement[] = [];
    for (const [role, texts] of Object.entries(statements))
      for (const text of texts) {
        // A text of a test may end its role ("select 1; reset role"), so each has a transaction that is rolled back.
        await client.query(`begin; set local role ${client.escapeIdentifier(role)}`);
        const reason = await client.query(`explain (generic_plan, costs off) ${text}`).then(
          () => undefined,
          (error: Error) => error.message,
        );
        await client.query('rollback');
        if (reason !== undefined) broken.push({ role, text, reason });
      }
    return broken;
  } finally {
    await client.end();
  }
}
