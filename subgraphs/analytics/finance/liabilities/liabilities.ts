/** Liabilities and receivables at the end of a day. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sum, type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { ownOrganization } from '#subgraphs/auth/index';
import type { LiabilityAccount, LiabilitySide, QueryLiabilitiesArgs } from '../../inputs.generated';
import { ledgerSums, type LedgerDays } from './liabilities.queries';
import { ledgerBalance, LEDGERS, type LedgerBalance } from './liabilities.rules';

/** A ledger in money. */
export interface ShownLedger extends LedgerBalance {
  readonly account: LiabilityAccount;
  readonly side: LiabilitySide;
  readonly currency: string;
}

/** All ledgers at the end of a day. */
export interface Liabilities extends LedgerDays {
  readonly currency: string;
  readonly owedTotal: Decimal;
  readonly assetsTotal: Decimal;
  readonly rows: readonly ShownLedger[];
  readonly points: LedgerBalance;
}

/** The ledgers of the whole organization: their entries have no branch in common. @throws PosProError 422 if `from` is after `asOf`. */
export async function liabilities(ctx: RequestContext, choice: QueryLiabilitiesArgs): Promise<Liabilities> {
  const { timeZone, currency } = await ownOrganization(ctx);
  const asOf = choice.asOf ?? businessDay(ctx.clock.now(), timeZone);
  const from = choice.from ?? `${asOf.slice(0, 'YYYY-MM'.length)}-01`;
  if (from > asOf) throw invalid('from', 'The first day is after the last.');
  const sums = await ledgerSums(ctx.reports, { from, asOf });
  const balanceOf = (account: LiabilityAccount | 'points') =>
    ledgerBalance(sums.filter((row) => row.account === account));
  const rows = LEDGERS.map(([account, side]) => ({ account, side, currency, ...balanceOf(account) }));
  const totalOf = (side: LiabilitySide) =>
    sum(rows.filter((row) => row.side === side).map(({ closing }) => closing));
  return {
    ...{ from, asOf, currency, rows },
    owedTotal: totalOf('liability'),
    assetsTotal: totalOf('asset'),
    points: balanceOf('points'),
  };
}
