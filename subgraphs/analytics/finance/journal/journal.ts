/** The journal: postings of double entry, made from what the reports of finance read. */
import type { RequestContext } from '#kernel/context';
import type { Page } from '#kernel/paging';
import type { QueryAccountingJournalArgs } from '../../inputs.generated';
import { financeRange } from '../range/finance-range';
import { listPostings, type PostingRow } from './postings.queries';
import { entryOf, type Entry } from './postings.rules';

/** A posting with its accounts. */
export type JournalPosting = PostingRow & Entry & { readonly currency: string };

/** A page of the journal, the oldest day first. @throws PosProError as financeRange and listPage. */
export async function accountingJournal(
  ctx: RequestContext,
  { from, to, branchId, ...page }: QueryAccountingJournalArgs,
): Promise<Page<JournalPosting>> {
  const range = await financeRange(ctx, { from, to, branchId });
  const rows = await listPostings(ctx.reports, range, page);
  return {
    ...rows,
    items: rows.items.map((row) => ({ ...row, ...entryOf(row), currency: range.currency })),
  };
}
