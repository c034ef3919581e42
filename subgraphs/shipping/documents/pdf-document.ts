import type { TableDocument } from '#kernel/typesetting/table-pdf';

/** A document as a PDF, in Base64. */
export interface ShippingDocument {
  readonly fileName: string;
  readonly content: string;
  readonly encoding: 'base64';
}

/** Writes a table as a PDF. The writer of PDFs brings its fonts along, so it is loaded with the first document. */
export async function pdfDocument(fileName: string, table: TableDocument): Promise<ShippingDocument> {
  const { tablePdf } = await import('#kernel/typesetting/table-pdf');
  return { fileName, content: (await tablePdf(table)).toString('base64'), encoding: 'base64' };
}
