/** Exports the journal for an accountant: as CSV by account, or as a posting batch of DATEV. */
import type { RequestContext } from '#kernel/context';
import { PosProError, invalid } from '#kernel/errors';
import { currencyExponent } from '#kernel/money';
import { branchesById, ownOrganization } from '#subgraphs/auth/index';
import type { QueryAccountingExportArgs } from '../../inputs.generated';
import { accountFinder } from '../accounts/account-numbers.rules';
import { accountingSettings, type StoredAccountingSettings } from '../accounts/accounting-settings';
import { allPostings } from '../journal/postings.queries';
import { entryOf } from '../journal/postings.rules';
import { financeRange, type FinanceRange } from '../range/finance-range';
import { accountCsv, type NumberedPosting } from './account-csv.rules';
import { datevFile } from './datev.rules';
import { fiscalYearStart } from './fiscal-year.rules';
import { postingText } from './posting-texts.rules';

/** A file for an accountant. */
export interface AccountingFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: string;
  readonly encoding: 'base64' | 'utf-8';
  /** Number of postings. */
  readonly count: number;
}

/** More would make an answer of many megabytes; the pages of the journal have no limit. */
const MAX_POSTINGS = 50_000;
const DATEV_PLACES = 2;

/**
 * The postings of days as a file.
 * @throws PosProError as financeRange; 409 ILLEGAL_STATE for DATEV without the accountant's numbers, or in a currency with more than two
 * decimal places; 422 for more than 50,000 postings, and for days of two fiscal years in DATEV.
 */
export async function accountingExport(
  ctx: RequestContext,
  { format, ...choice }: QueryAccountingExportArgs,
): Promise<AccountingFile> {
  const [range, settings] = await Promise.all([financeRange(ctx, choice), accountingSettings(ctx.db)]);
  if (format === 'datev') assertDatev(range, settings);
  const postings = await numberedPostings(ctx, range, settings);
  const name = `${range.from}-${range.to}`;
  if (format === 'datev') {
    const file = {
      fileName: `EXTF_Buchungsstapel-${name}.csv`,
      contentType: 'text/csv; charset=windows-1252',
    };
    const content = await datevBatch(ctx, range, settings, postings);
    return { ...file, content: content.toString('base64'), encoding: 'base64', count: postings.length };
  }
  return {
    ...{ fileName: `journal-${name}.csv`, contentType: 'text/csv; charset=utf-8', encoding: 'utf-8' },
    content: accountCsv(postings, range.currency),
    count: postings.length,
  };
}

function assertDatev({ currency, from, to }: FinanceRange, settings: StoredAccountingSettings): void {
  const { consultantNumber, clientNumber, fiscalYearMonth } = settings;
  if (consultantNumber === null || clientNumber === null)
    throw new PosProError(
      'ILLEGAL_STATE',
      'DATEV needs the numbers of the accountant and the shop. Set consultant_number and client_number with PUT /finance/accounting-settings.',
    );
  if (currencyExponent(currency) > DATEV_PLACES)
    throw new PosProError(
      'ILLEGAL_STATE',
      `DATEV has two decimal places, and ${currency} has more. Export the days as csv.`,
    );
  if (fiscalYearStart(from, fiscalYearMonth) !== fiscalYearStart(to, fiscalYearMonth))
    throw invalid('to', 'A posting batch of DATEV has days of one fiscal year.', 'TOO_LONG');
}

async function numberedPostings(
  ctx: RequestContext,
  range: FinanceRange,
  settings: StoredAccountingSettings,
): Promise<NumberedPosting[]> {
  const rows = await allPostings(ctx.reports, range, MAX_POSTINGS + 1);
  if (rows.length > MAX_POSTINGS)
    throw invalid('to', `The days have more than ${MAX_POSTINGS} postings. Export fewer days.`, 'TOO_LONG');
  const branches = new Map(
    (await branchesById(ctx.db, [...range.branchIds])).map((branch) => [branch.id, branch]),
  );
  const accountOf = accountFinder(settings);
  return rows.map((row) => {
    const entry = entryOf(row);
    const [debit, credit] = [accountOf(entry.debit, row.taxRate), accountOf(entry.credit, row.taxRate)];
    const branch = row.branchId === null ? undefined : branches.get(row.branchId);
    return {
      ...row,
      ...entry,
      branchCode: branch?.code ?? null,
      branchName: branch?.name ?? null,
      debitNumber: debit.number,
      creditNumber: credit.number,
      taxKey: debit.taxKey ?? credit.taxKey,
    };
  });
}

async function datevBatch(
  ctx: RequestContext,
  { from, to, currency }: FinanceRange,
  settings: StoredAccountingSettings,
  postings: readonly NumberedPosting[],
): Promise<Buffer> {
  const { timeZone } = await ownOrganization(ctx);
  const { consultantNumber, clientNumber, accountLength, fiscalYearMonth, chart } = settings;
  return datevFile({
    ...{ from, to, currency, accountLength, createdAt: stampOf(ctx.clock.now(), timeZone) },
    consultantNumber: consultantNumber!,
    clientNumber: clientNumber!,
    fiscalYearStart: fiscalYearStart(from, fiscalYearMonth),
    chart: chart === 'skr03' ? '03' : '04',
    postings: postings
      // DATEV rejects a posting from an account to itself, which changes nothing.
      .filter(({ debitNumber, creditNumber }) => debitNumber !== creditNumber)
      .map((posting) => ({
        ...{ date: posting.date, amount: posting.amount, taxKey: posting.taxKey },
        debit: posting.debitNumber,
        credit: posting.creditNumber,
        reference: `${posting.date.replaceAll('-', '')}${posting.branchCode === null ? '' : `-${posting.branchCode}`}`,
        text: postingText({ ...posting, taxRate: posting.taxRate?.toFixed() ?? null }),
      })),
  });
}

/** A moment as local time, "YYYYMMDDHHMMSSmmm". */
function stampOf(at: Date, timeZone: string): string {
  const time = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
  return `${time.format(at).replace(/\D/g, '')}${String(at.getUTCMilliseconds()).padStart(3, '0')}`;
}
