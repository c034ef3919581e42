/** Removes the files of images without a row: those of deleted products, and those that a crashed process left. */
import type { Services } from '#kernel/context';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { removeUnnamedFiles } from '#kernel/storage/unnamed-files';
import { productImages, products } from '../tables.generated';

const INTERVAL_MS = 24 * 3_600_000;
/** A start has more urgent work. */
const FIRST_AFTER_MS = 10 * 60_000;

/** `products/<organization>/<name>`, followed by size and type. A file of another name is not PosPro's. */
const IMAGE_FILE = /^(products\/[0-9a-f-]{36}\/[0-9a-f]+-[0-9a-f]+)-\d+\.(?:webp|jpg)(\.[0-9a-f]+\.part)?$/;

/** Runs once, for the organizations of this database. @returns the number of files removed. */
export function sweepImages(services: Services): Promise<number> {
  return removeUnnamedFiles(services, {
    rows: productImages,
    owners: products,
    folder: (organizationId) => `products/${organizationId}`,
    rowKey(key) {
      const [, stem, draft] = IMAGE_FILE.exec(key) ?? [];
      // A draft is a file that was being written to the disk when the process ended.
      return draft === undefined ? stem : null;
    },
  });
}

/** Runs some minutes after the start and then every day, until it is stopped. */
export function startImageSweep(services: Services): Stop {
  const failure = 'orphaned image files could not be removed; the next attempt is in a day';
  const times = { firstAfterMs: FIRST_AFTER_MS, intervalMs: INTERVAL_MS, failure };
  return startPeriodicWork(services, times, async () => {
    const removed = await sweepImages(services);
    services.log.debug({ removed }, 'orphaned image files were removed');
  });
}
