/** The bulk operations on the catalogue. */
import type { RequestContext } from '#kernel/context';
import { invalid } from '#kernel/errors';
import { cancelJob, findJob, listJobs, type ImportJobRow, type JobFilter } from '#kernel/import/import-jobs';
import { listRowErrors, type RemarkFilter } from '#kernel/import/import-report';
import type { ImportKind, RowRemark } from '#kernel/import/importer';
import type { Page } from '#kernel/paging';
import type { InitialStock } from '../products/initial-stock';
import { priceListImporter } from './price-list-importer';
import { productImporter } from './product-importer';
import { startImport } from '#kernel/import/start-import';
import type {
  BulkDeleteInput,
  BulkPricesInput,
  BulkProductsInput,
  ImportPriceListInput,
} from '../inputs.generated';

/**
 * Creates products from JSON items, or a CSV or XLSX file; those whose SKU is there already are updated. A bad row fails alone.
 * @throws PosProError 422 without items or file, or for a file without header; 415 for what is neither; 503 where too many files
 * are worked on.
 */
export async function bulkCreateProducts(
  ctx: RequestContext,
  input: BulkProductsInput,
  stock: InitialStock,
): Promise<ImportJobRow> {
  return startImport(ctx, productImporter(ctx, { kind: 'create', stock }), input);
}

/** Changes products that are named by id, SKU or barcode; otherwise like bulkCreateProducts. */
export async function bulkUpdateProducts(
  ctx: RequestContext,
  input: BulkProductsInput,
): Promise<ImportJobRow> {
  return startImport(ctx, productImporter(ctx, { kind: 'update' }), input);
}

/** Changes nothing but price and cost. */
export async function bulkUpdatePrices(ctx: RequestContext, input: BulkPricesInput): Promise<ImportJobRow> {
  return startImport(ctx, productImporter(ctx, { kind: 'price' }), input);
}

/** Gives a price list the prices of the rows; others that it has stay. @throws PosProError 404; otherwise like bulkCreateProducts. */
export async function importPriceList(
  ctx: RequestContext,
  id: string,
  input: ImportPriceListInput,
): Promise<ImportJobRow> {
  return startImport(ctx, priceListImporter(ctx, id), input);
}

/** Deletes products by id or SKU. */
export async function bulkDeleteProducts(ctx: RequestContext, input: BulkDeleteInput): Promise<ImportJobRow> {
  const items = [...(input.ids ?? []).map((id) => ({ id })), ...(input.skus ?? []).map((sku) => ({ sku }))];
  if (items.length === 0) throw invalid('ids', 'Name the products by "ids" or "skus".', 'REQUIRED');
  return startImport(ctx, productImporter(ctx, { kind: 'delete' }), { items });
}

/** Kinds of bulk operations on the catalogue. A caller who may run them may see their results, but not those of other kinds. */
const KINDS: readonly ImportKind[] = ['create', 'update', 'price', 'delete', 'price_list'];

/** A bulk operation on the catalogue by its id. @throws PosProError NOT_FOUND */
export function importJob(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return findJob(ctx, KINDS, id);
}

/** A page of bulk operations on the catalogue, the newest first. */
export function listImportJobs(ctx: RequestContext, filter: JobFilter): Promise<Page<ImportJobRow>> {
  return listJobs(ctx, KINDS, filter);
}

/** A page of what is to be said of a job's rows, in their order. @throws PosProError NOT_FOUND */
export function listImportErrors(
  ctx: RequestContext,
  id: string,
  filter: RemarkFilter,
): Promise<Page<RowRemark & { id: string }>> {
  return listRowErrors(ctx, KINDS, id, filter);
}

/** Ends a bulk operation after the batch at hand; what was taken before stays. @throws PosProError NOT_FOUND */
export function cancelImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  return cancelJob(ctx, KINDS, id);
}
