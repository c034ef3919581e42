/** The SQL statements that an operation sends. */
import { Client } from 'pg';
import type { RequestContext } from '#kernel/context';
import type { Queryable, Sql } from '#kernel/db/database';

/** A statement as sent to the database. */
export interface SentStatement {
  text: string;
  values: unknown[];
}

/** Background workers look into these meanwhile. */
const BACKGROUND =
  /from outbox_events|pospro_seal_audit|pospro_ensure_partitions|delete from \w+ where ctid = any\(array\(|payment_attempts set next_ask_at|from payment_intents\s+where expires_at|ticket_mails where due_at|sandbox_/;

/** Calls back for each statement that some work sends on any connection, without those of the background workers. */
async function watchStatements(
  work: () => Promise<unknown>,
  onSent: (statement: SentStatement, answer: Promise<unknown>) => void,
): Promise<void> {
  const connection = Client.prototype as { query: unknown };
  const query = connection.query as (...args: unknown[]) => unknown;
  connection.query = function (this: Client, ...args: unknown[]): unknown {
    const statement = args[0] as string | SentStatement;
    const { text, values } = typeof statement === 'string' ? { text: statement, values: [] } : statement;
    const [callback] = args.slice(1) as (((...outcome: unknown[]) => void) | undefined)[];
    let onAnswer: () => void = () => undefined;
    const called = new Promise<void>((resolve) => (onAnswer = resolve));
    if (callback)
      args[1] = (...outcome: unknown[]): void => {
        onAnswer();
        callback(...outcome);
      };
    const answer = query.apply(this, args);
    if (!BACKGROUND.test(text)) onSent({ text, values }, callback ? called : Promise.resolve(answer));
    return answer;
  };
  try {
    await work();
  } finally {
    connection.query = query;
  }
}

/** The statements of some work on all connections, BEGIN and COMMIT included. */
export async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const statements: SentStatement[] = [];
  await watchStatements(work, (statement) => void statements.push(statement));
  return statements;
}

/** The texts of the statements of some work in one transaction, by round trip: those that are sent before the first is answered. */
export async function roundTripsOf(work: () => Promise<unknown>): Promise<string[][]> {
  const roundTrips: string[][] = [];
  let waiting = 0;
  await watchStatements(work, ({ text }, answer) => {
    if (waiting === 0) roundTrips.push([]);
    roundTrips.at(-1)!.push(text.trim());
    waiting += 1;
    const answered = () => void (waiting -= 1);
    void answer.then(answered, answered);
  });
  return roundTrips;
}

/** The same context, recording the statements that are sent through it, without BEGIN and COMMIT. */
export function recorded(ctx: RequestContext): { ctx: RequestContext; statements: string[] } {
  const statements: string[] = [];
  const record = (query: Sql): Sql => {
    statements.push(query.text.trim());
    return query;
  };
  const recording = (db: Queryable): Queryable => ({
    organizationId: db.organizationId,
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
        opening: client.opening,
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
