import { publicEvent } from '../events/public-event';
import type { ImportJobRow } from '../db/tables.generated';

/** An import has ended. */
export const importFinished = publicEvent<{ status: ImportJobRow['status'] }>('import.finished', [
  'catalog:read',
]);
