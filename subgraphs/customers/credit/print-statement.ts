import type { RequestContext } from '#kernel/context';
import { ownOrganization } from '#subgraphs/auth/index';
import type { QueryCustomerStatementPdfArgs } from '../inputs.generated';
import { customerStatement } from './statement';

/** A statement as a PDF, in Base64. */
export interface StatementPdf {
  fileName: string;
  content: string;
  encoding: 'base64';
}

/** The statement of a customer as a PDF. @throws PosProError as customerStatement. */
export async function printStatement(
  ctx: RequestContext,
  choice: QueryCustomerStatementPdfArgs,
): Promise<StatementPdf> {
  const statement = await customerStatement(ctx, choice);
  // The writer of PDFs brings its fonts along, so it is loaded with the first document.
  const { statementPdf } = await import('#subgraphs/customers/credit/statement-pdf');
  // The date in the file is that of the last entry, so that an unchanged statement is the same file, which `If-None-Match` finds.
  const changedAt = statement.entries.at(-1)?.createdAt ?? new Date(statement.from);
  const bytes = await statementPdf(statement, (await ownOrganization(ctx)).name, changedAt);
  const fileName = `statement-${statement.from}-${statement.to}.pdf`;
  return { fileName, content: bytes.toString('base64'), encoding: 'base64' };
}
