/** The bulk operations on customers, and what became of them. */
import type { RequestContext } from '#kernel/context';
import { cancelJob, findJob, listJobs, type ImportJobRow, type JobFilter } from '#kernel/import/import-jobs';
import { listFaults, type RemarkFilter } from '#kernel/import/import-report';
import type { ImportKind, RowRemark } from '#kernel/import/importer';
import { startImport } from '#kernel/import/start-import';
import type { Page } from '#kernel/paging';
import type { BulkCustomersInput } from '../inputs.generated';
import { customerImporter } from './customer-importer';

/** Whoever may change customers may see what became of their import, and of no other. */
const KINDS: readonly ImportKind[] = ['customer_create', 'customer_update'];

/**
 * Makes customers from JSON items, or a CSV or XLSX file; those who are there already are changed. A bad row fails alone.
 * @throws PosProError 401 and 403 for an approval that is none; otherwise as startImport.
 */
export async function bulkCreateCustomers(
  ctx: RequestContext,
  input: BulkCustomersInput,
): Promise<ImportJobRow> {
  return startImport(ctx, customerImporter(ctx, 'customer_create', input.approval), input);
}

/** Changes customers who are named by id, e-mail address, or name and phone number; otherwise like bulkCreateCustomers. */
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

/** A page of what is to be said of the rows of an import, in their order. @throws PosProError NOT_FOUND */
export function listCustomerImportErrors(
  ctx: RequestContext,
  id: string,
  filter: RemarkFilter,
): Promise<Page<RowRemark & { id: string }>> {
  return listFaults(ctx, KINDS, id, filter);
}

/** Ends an import after the batch at hand; what was taken before stays. @throws PosProError NOT_FOUND */
export function cancelCustomerImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return cancelJob(ctx, KINDS, id);
}
