/**
 * Work that an answer must not wait for, because the time it takes would tell a stranger whether an address is known here. It is
 * remembered until it has ended, so that a process that stops lets it finish.
 */
import type { RequestContext, Services } from '#kernel/context';
import type { Database } from '#kernel/db/database';

const running = new WeakMap<Database, Set<Promise<void>>>();

/** Begins the work and returns at once. A failure is logged; the caller never learns of it. @param what names it in the log. */
export function runInBackground(ctx: RequestContext, what: string, work: () => Promise<unknown>): void {
  const all = running.get(ctx.database) ?? new Set();
  running.set(ctx.database, all);
  const { requestId } = ctx.request;
  const run: Promise<void> = work()
    .then(
      () => undefined,
      (error: unknown) => ctx.log.error({ err: error, requestId }, `${what} failed`),
    )
    .finally(() => all.delete(run));
  all.add(run);
}

/** Waits until all such work of this process has ended. */
export async function drainBackgroundTasks({ database }: Pick<Services, 'database'>): Promise<void> {
  await Promise.all([...(running.get(database) ?? [])]);
}
