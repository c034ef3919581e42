/**
 * Removes the files of pictures that no row names: those of deleted products, and those that a process left behind which ended between
 * a commit and the removal. Several processes may do it at once.
 */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { storageOf } from '#kernel/storage/index';

/** The files of a new picture stand there before their row; only what is older than any upload can be was left behind. */
const LEAST_AGE_MS = 24 * 3_600_000;
const INTERVAL_MS = 24 * 3_600_000;
/** A start has other things to do first. */
const FIRST_AFTER_MS = 10 * 60_000;
const FILES_A_QUERY = 600;

/** `products/<organization>/<name>`, and behind it size and type. A file of another name is none of ours. */
const IMAGE_FILE = /^(products\/[0-9a-f-]{36}\/[0-9a-f]+-[0-9a-f]+)-\d+\.(?:webp|jpg)(\.[0-9a-f]+\.part)?$/;

/** Does it once, for the organizations of this database. @returns how many files were removed. */
export async function sweepImages(services: Services): Promise<number> {
  const before = services.clock.now().getTime() - LEAST_AGE_MS;
  const organizations = await services.database.system.many<{ id: string }>(
    sql`select distinct organization_id as id from products`,
  );
  let removed = 0;
  for (const { id } of organizations) {
    let keys: string[] = [];
    for await (const { key, modifiedAt } of storageOf(services.config).list(`products/${id}`)) {
      if (modifiedAt.getTime() < before && IMAGE_FILE.test(key)) keys.push(key);
      if (keys.length < FILES_A_QUERY) continue;
      removed += await removeUnnamed(services, id, keys);
      keys = [];
    }
    removed += await removeUnnamed(services, id, keys);
  }
  return removed;
}

async function removeUnnamed(
  services: Services,
  organizationId: string,
  keys: readonly string[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const stems = [...new Set(keys.map((key) => IMAGE_FILE.exec(key)![1]!))];
  const rows = await services.database.system.many<{ storageKey: string }>(sql`
    select i.storage_key from product_images i
    where i.organization_id = ${organizationId}::uuid and i.storage_key = any(${stems}::text[])`);
  const named = new Set(rows.map(({ storageKey }) => storageKey));
  const unnamed = keys.filter((key) => {
    const [, stem, draft] = IMAGE_FILE.exec(key)!;
    // A draft is what the disk was writing when the process ended.
    return draft !== undefined || !named.has(stem!);
  });
  await storageOf(services.config).remove(unnamed);
  return unnamed.length;
}

/** Does it some minutes after the start and then every day, until it is stopped. */
export function startImageSweep(services: Services): Stop {
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = sweepImages(services).then(
      (removed) => services.log.debug({ removed }, 'files of pictures that are no more were removed'),
      (error: unknown) =>
        services.log.warn(
          { err: error },
          'files of pictures could not be looked through; it is tried again in a day',
        ),
    );
  };
  const first = setTimeout(run, FIRST_AFTER_MS);
  const daily = setInterval(run, INTERVAL_MS);
  first.unref();
  daily.unref();
  return async () => {
    clearTimeout(first);
    clearInterval(daily);
    await running;
  };
}
