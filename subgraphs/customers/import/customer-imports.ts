import type { RequestContext } from '#kernel/context';
import { cancelJob, findJob, listJobs, type ImportJobRow, type JobFilter } from '#kernel/import/import-jobs';
import { listRowErrors, type RemarkFilter } from '#kernel/import/import-report';
import type { ImportKind, RowRemark } from '#kernel/import/importer';
import { startImport } from '#kernel/import/start-import';
import type { Page } from '#kernel/paging';
import type { BulkCustomersInput } from '../inputs.generated';
import { customerImporter } from './customer-importer';

/** The imports that a caller with the permission to write customers may see. */
const KINDS: readonly ImportKind[] = ['customer_create', 'customer_update'];

/**
 * Imports customers from JSON items, or a CSV or XLSX file; updates existing customers. An invalid row fails alone.
 * @throws PosProError 401 and 403 for an invalid approval; otherwise as startImport.
 */
export async function bulkCreateCustomers(
  ctx: RequestContext,
  input: BulkCustomersInput,
): Promise<ImportJobRow> {
  return startImport(ctx, customerImporter(ctx, 'customer_create', input.approval), input);
}

/** Updates customers, named by id, by e-mail address, or by name and phone number; otherwise like bulkCreateCustomers. */
export async function bulkUpdateCustomers(
  ctx: RequestContext,
  input: BulkCustomersInput,
): Promise<ImportJobRow> {
  return startImport(ctx, customerImporter(ctx, 'customer_update', input.approval), input);
}

/** An import of customers by its id. @throws PosProError NOT_FOUND */
export function customerImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return findJob(ctx, KINDS, id);
}

/** A page of the imports of customers, the newest first. */
export function listCustomerImports(ctx: RequestContext, filter: JobFilter): Promise<Page<ImportJobRow>> {
  return listJobs(ctx, KINDS, filter);
}

/** A page of the errors and warnings of an import, in the order of its rows. @throws PosProError NOT_FOUND */
export function listCustomerImportErrors(
  ctx: RequestContext,
  id: string,
  filter: RemarkFilter,
): Promise<Page<RowRemark & { id: string }>> {
  return listRowErrors(ctx, KINDS, id, filter);
}

/** Cancels an import after the current batch; rows imported before remain. @throws PosProError NOT_FOUND */
export function cancelCustomerImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return cancelJob(ctx, KINDS, id);
}
