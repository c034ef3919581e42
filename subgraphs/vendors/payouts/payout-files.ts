/** The documents of payouts: the statement of one as a PDF, and the bank's file of a run. */
import type { RequestContext } from '#kernel/context';
import { PosProError, invalid } from '#kernel/errors';
import { ownOrganization } from '#subgraphs/auth/index';
import { requireVendor } from '../vendors/vendors.queries';
import { creditTransferXml } from './credit-transfer.rules';
import { payerOfRun } from './payout-runs';
import { payoutsOfRun, requirePayout, requireRun, statementLines } from './payouts.queries';

/** A document. */
export interface VendorPayoutFile {
  fileName: string;
  content: string;
  encoding: 'base64' | 'utf-8';
}

const MAX_LINES = 5_000;

/** The statement of a payout. @throws PosProError 404; 422 for more than 5,000 orders. */
export async function payoutStatement(ctx: RequestContext, id: string): Promise<VendorPayoutFile> {
  const payout = await requirePayout(ctx.db, id);
  const [vendor, organization, lines] = await Promise.all([
    requireVendor(ctx.db, payout.vendorId),
    ownOrganization(ctx),
    statementLines(ctx.db, payout.id, MAX_LINES + 1),
  ]);
  if (lines.length > MAX_LINES)
    throw invalid(
      'id',
      `The payout has more than ${MAX_LINES} orders. Read its entries with GET /vendor-payouts/{id}/entries.`,
      'TOO_LONG',
    );
  // The writer of PDFs brings its fonts along, so it is loaded with the first document.
  const { payoutStatementPdf } = await import('#subgraphs/vendors/payouts/payout-statement-pdf');
  const bytes = await payoutStatementPdf({ payout, vendor, organization, lines });
  return { fileName: `payout-${payout.number}.pdf`, content: bytes.toString('base64'), encoding: 'base64' };
}

/**
 * The bank's file of a run. It depends on nothing but the run and its payouts, so that it is the same for ever.
 * @throws PosProError 404; 409 ILLEGAL_STATE without a payer's account, or for payouts that are not in euro.
 */
export async function payoutTransfer(ctx: RequestContext, runId: string): Promise<VendorPayoutFile> {
  const run = await requireRun(ctx.db, runId);
  const payouts = await payoutsOfRun(ctx.db, run.id);
  const payer = payerOfRun(run);
  if (run.currency !== 'EUR')
    throw new PosProError(
      'ILLEGAL_STATE',
      `A SEPA transfer is in EUR; these payouts are in ${run.currency}. Pay them at your bank by their list.`,
      { details: { currency: run.currency } },
    );
  const content = creditTransferXml({
    messageId: run.id.replaceAll('-', ''),
    createdAt: run.createdAt,
    executionDate: run.executionDate,
    payer,
    transfers: payouts.map(({ number, amount, ...payee }) => ({
      accountHolder: payee.accountHolder,
      iban: payee.iban,
      bic: payee.bic,
      reference: number,
      amount,
      remittance: `${run.shopName} ${number}`,
    })),
  });
  return { fileName: `payouts-${payouts[0]!.number}.xml`, content, encoding: 'utf-8' };
}
