import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { StoredTax, StoredTender } from '../json-columns';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from '../model';
import type { SessionParts } from './session-totals.rules';
import { toTaxTotals, toTenderTotals } from './stored-totals';

/** A session with its totals, read in one statement and therefore consistent. */
export interface SessionTotals extends SessionRow, SessionParts {
  /** Gross sales of the register's closed sessions. */
  registerGrandTotal: Decimal;
  /** Hash of the register's newest Z-report; null before the first. */
  registerZHash: string | null;
}

type TotalsRow = SessionRow & {
  storedTax: StoredTax[];
  storedTenders: (StoredTender & { kind: string })[];
  registerGrandTotal: Decimal;
  registerZHash: string | null;
};

/** The totals of a session, which must exist. */
export async function sessionTotals(db: Queryable, sessionId: string): Promise<SessionTotals> {
  const { storedTax, storedTenders, ...session } = await db.one<TotalsRow>(sql`
    select ${SESSION_COLUMNS}, r.grand_total as register_grand_total, r.last_z_hash as register_z_hash,
      coalesce((
        select jsonb_agg(jsonb_build_object('rate', t.rate::text, 'net', t.net::text, 'tax', t.tax::text) order by t.rate)
        from register_session_taxes t where t.session_id = s.id), '[]') as stored_tax,
      coalesce((
        select jsonb_agg(
          jsonb_build_object('kind', t.kind, 'method', t.method, 'count', t.count, 'amount', t.amount::text) order by t.method)
        from register_session_tenders t where t.session_id = s.id), '[]') as stored_tenders
    from ${SESSION_TABLES} where s.id = ${sessionId}`);
  return {
    ...session,
    tax: toTaxTotals(storedTax),
    payments: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'sale')),
    creditPayments: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'credit_payment')),
    tips: toTenderTotals(storedTenders.filter(({ kind }) => kind === 'tip')),
  };
}
