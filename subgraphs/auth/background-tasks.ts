/**
 * Work that an answer must not wait for, because its duration would reveal whether an account exists. Each task is
 * kept until it has ended, so that a stopping process lets it finish.
 */
import type { RequestContext, Services } from '#kernel/context';
import type { Database } from '#kernel/db/database';

const runningTasks = new WeakMap<Database, Set<Promise<void>>>();

/** Starts a task and returns immediately. A failure is only logged. @param name of the task, for the log. */
export function runInBackground(ctx: RequestContext, name: string, work: () => Promise<unknown>): void {
  const tasks = runningTasks.get(ctx.database) ?? new Set();
  runningTasks.set(ctx.database, tasks);
  const { requestId } = ctx.request;
  const task: Promise<void> = work()
    .then(
      () => undefined,
      (error: unknown) => ctx.log.error({ err: error, requestId }, `${name} failed`),
    )
    .finally(() => tasks.delete(task));
  tasks.add(task);
}

/** Waits until all tasks of this process have ended. */
export async function drainBackgroundTasks({ database }: Pick<Services, 'database'>): Promise<void> {
  await Promise.all([...(runningTasks.get(database) ?? [])]);
}
