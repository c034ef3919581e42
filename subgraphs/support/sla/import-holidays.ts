import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid } from '#kernel/errors';
import { uploadedBytes } from '#kernel/graph/uploaded-bytes';
import { sellingTerms } from '#subgraphs/auth/index';
import type { ImportHolidaysInput } from '../inputs.generated';
import { calendarDays, type SkippedEvent } from './calendar-holidays.rules';
import { insertHolidays } from './holidays';

/** Result of an import. */
export interface HolidayImport {
  readonly created: number;
  readonly unchanged: number;
  readonly skipped: readonly SkippedEvent[];
}

const MAX_BYTES = 1024 * 1024;
const MAX_SKIPPED = 100;
/** Years for which yearly events are repeated, this one included. */
const YEARS = 5;
/** Of an organization: the clock of each ticket reads those of its branch. */
const MAX_HOLIDAYS = 20_000;

/**
 * Imports holidays from a calendar. Emits "business_hours.changed" if there are new ones.
 * @throws PosProError 404 for an unknown branch; 413 above 1 MB; 422 for a file that is not a calendar, and for too many days.
 */
export async function importHolidays(
  ctx: RequestContext,
  { branchId, file, text }: ImportHolidaysInput,
): Promise<HolidayImport> {
  const calendar = await calendarText(file, text);
  const { days, skipped } = calendarDays(calendar, ctx.clock.now().getUTCFullYear() + YEARS - 1);
  return transact(ctx, async (tx) => {
    const branch = branchId == null ? null : (await sellingTerms(tx, branchId)).branchId;
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*) as count from holidays where organization_id = ${tx.organizationId}::uuid`);
    if (count + days.length > MAX_HOLIDAYS)
      throw invalid('file', `An organization has at most ${MAX_HOLIDAYS} holidays.`, 'LENGTH');
    const created = (await insertHolidays(tx, ctx, branch, 'ical', days)).length;
    return { created, unchanged: days.length - created, skipped: skipped.slice(0, MAX_SKIPPED) };
  });
}

async function calendarText(
  file: ImportHolidaysInput['file'],
  text: string | null | undefined,
): Promise<string> {
  if (file) return (await uploadedBytes({ file }, MAX_BYTES, 'A calendar')).toString('utf8');
  if (text == null || text.trim() === '') throw invalid('text', 'Send a file, or its text.', 'REQUIRED');
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new PosProError('PAYLOAD_TOO_LARGE', `A calendar must have at most ${MAX_BYTES} bytes.`);
  return text;
}
