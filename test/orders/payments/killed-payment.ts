/** A process that takes a payment at the sandbox, and is killed at one point of it. Started by crash-safety.test.ts. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Caches } from '#kernel/cache';
import { systemClock } from '#kernel/clock';
import { readConfig } from '#kernel/config';
import { createContext, type Services } from '#kernel/context';
import { openDatabase } from '#kernel/db/open-database';
import { Decimal } from '#kernel/decimal';
import { MemoryBus } from '#kernel/events/memory-bus';
import { createIds } from '#kernel/ids';
import { processPayment } from '#subgraphs/orders/index';
import { userActor } from '#test/harness/actors';

interface Task {
  readonly url: string;
  readonly organizationId: string;
  readonly branchId: string;
  /** The placed order to pay; null for a payment before its order. */
  readonly orderId: string | null;
  /** The transaction in which the process ends: 1 reserves, 2 is the sandbox's own, 3 settles. */
  readonly transaction: number;
  /** Whether it ends before the transaction begins, or before it commits. */
  readonly before: 'begin' | 'commit';
}

async function main({ url, organizationId, branchId, orderId, transaction, before }: Task): Promise<void> {
  const log = pino({ level: 'silent' });
  const config = readConfig({ NODE_ENV: 'test', DATABASE_URL: url, JWT_SECRET: 'x'.repeat(32) });
  const database = await openDatabase({ url, poolSize: 5, log });
  const bus = new MemoryBus(log);
  const clock = systemClock;
  const begin = database.begin.bind(database);
  let count = 0;
  database.begin = (scope, work) => {
    count += 1;
    const isLast = count === transaction;
    if (isLast && before === 'begin') process.kill(process.pid, 'SIGKILL');
    return begin(scope, async (client) => {
      const result = await work(client);
      if (isLast) process.kill(process.pid, 'SIGKILL');
      return result;
    });
  };
  const services: Services = {
    config, clock, ids: createIds(clock), log, database, bus, caches: new Caches(clock, bus),
  }; // prettier-ignore
  const actor = userActor({ organizationId, branchId, scopes: ['pos:sell'] });
  const ctx = createContext(services, actor, { requestId: randomUUID(), address: '127.0.0.1' });
  await processPayment(ctx, {
    method: 'card',
    amount: new Decimal('7.00'),
    providerToken: 'tok_approved',
    orderId,
    capture: true,
  });
  process.kill(process.pid, 'SIGKILL');
}

void main(JSON.parse(process.argv[2]!) as Task);
