/**
 * Removes the files of images without a row: those of deleted products, and those left by a process that ended between a commit and the
 * removal. Several processes may run it at once.
 */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { storageOf } from '#kernel/storage/index';

/** The files of a new image exist before its row; only files that are older than any upload can be are orphaned. */
const LEAST_AGE_MS = 24 * 3_600_000;
const INTERVAL_MS = 24 * 3_600_000;
/** A start has more urgent work. */
const FIRST_AFTER_MS = 10 * 60_000;
const FILES_A_QUERY = 600;

/** `products/<organization>/<name>`, followed by size and type. A file of another name is not PosPro's. */
const IMAGE_FILE = /^(products\/[0-9a-f-]{36}\/[0-9a-f]+-[0-9a-f]+)-\d+\.(?:webp|jpg)(\.[0-9a-f]+\.part)?$/;

/** Runs once, for the organizations of this database. @returns the number of files removed. */
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
    // A draft is a file that was being written to the disk when the process ended.
    return draft !== undefined || !named.has(stem!);
  });
  await storageOf(services.config).remove(unnamed);
  return unnamed.length;
}

/** Runs some minutes after the start and then every day, until it is stopped. */
export function startImageSweep(services: Services): Stop {
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = sweepImages(services).then(
      (removed) => services.log.debug({ removed }, 'orphaned image files were removed'),
      (error: unknown) =>
        services.log.warn(
          { err: error },
          'orphaned image files could not be removed; the next attempt is in a day',
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
