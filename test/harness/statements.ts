/** The SQL statements that an operation sends. */
import { Client } from 'pg';
import type { RequestContext } from '#kernel/context';
import type { Queryable, Sql } from '#kernel/db/database';

/** A statement as sent to the database. */
export interface SentStatement {
  text: string;
  values: unknown[];
}

/** The statements of some work on all connections, BEGIN and COMMIT included, but without those of the background workers. */
export async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const statements: SentStatement[] = [];
  const connection = Client.prototype as { query: unknown };
  const query = connection.query as (...args: unknown[]) => unknown;
  connection.query = function (this: Client, ...args: unknown[]): unknown {
    const statement = args[0] as string | SentStatement;
    const { text, values } = typeof statement === 'string' ? { text: statement, values: [] } : statement;
    statements.push({ text, values });
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    connection.query = query;
  }
  return statements.filter(({ text }) => !/from outbox_events|pospro_seal_audit/.test(text));
}

/** The same context, recording the statements that are sent through it, without BEGIN and COMMIT. */
export function recorded(ctx: RequestContext): { ctx: RequestContext; statements: string[] } {
  const statements: string[] = [];
  const record = (query: Sql): Sql => {
    statements.push(query.text.trim());
    return query;
  };
  const recording = (db: Queryable): Queryable => ({
    many: (query) => db.many(record(query)),
    maybeOne: (query) => db.maybeOne(record(query)),
    one: (query) => db.one(record(query)),
    run: (query) => db.run(record(query)),
  });
  const { database } = ctx;
  const begin: typeof database.begin = (scope, work) =>
    database.begin(scope, (client) =>
      work({
        ...recording(client),
        prisma: client.prisma,
        send: (query) => client.send(record(query)),
      }),
    );
  return {
    statements,
    ctx: {
      ...ctx,
      db: recording(ctx.db),
      reports: recording(ctx.reports),
      loaders: new Map(),
      database: { ...database, begin },
    },
  };
}
