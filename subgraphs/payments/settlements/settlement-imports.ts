import type { RequestContext } from '#kernel/context';
import { findJob, type ImportJobRow } from '#kernel/import/import-jobs';
import { listRowErrors, type RemarkFilter } from '#kernel/import/import-report';
import type { ImportKind, RowRemark } from '#kernel/import/importer';
import { startImport } from '#kernel/import/start-import';
import type { Page } from '#kernel/paging';
import type { ImportSettlementInput } from '../inputs.generated';
import { settlementImporter } from './settlement-importer';

const KINDS: readonly ImportKind[] = ['settlement'];

/**
 * Imports the transactions of a provider's payouts, from JSON items, or a CSV or XLSX file. Transactions that were imported before
 * stay unchanged. An invalid row fails alone. @throws PosProError as startImport.
 */
export function importSettlement(ctx: RequestContext, input: ImportSettlementInput): Promise<ImportJobRow> {
  return startImport(ctx, settlementImporter(input.provider), input);
}

/** An import of settlements by its id. @throws PosProError NOT_FOUND */
export function settlementImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return findJob(ctx, KINDS, id);
}

/** A page of the errors and warnings of an import, in the order of its rows. @throws PosProError NOT_FOUND */
export function listSettlementImportErrors(
  ctx: RequestContext,
  id: string,
  filter: RemarkFilter,
): Promise<Page<RowRemark & { id: string }>> {
  return listRowErrors(ctx, KINDS, id, filter);
}
