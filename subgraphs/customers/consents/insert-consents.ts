import { sql, type Transaction } from '#kernel/db/database';
import { customerConsents, type CustomerConsentRow } from '../tables.generated';

export type ConsentPurpose = CustomerConsentRow['purpose'];
export type ConsentSource = CustomerConsentRow['source'];

/** A consent that a customer gave, or withdrew. */
export interface NewConsent extends Pick<CustomerConsentRow, 'customerId' | 'purpose' | 'granted'> {
  note?: string | null;
  /** When the customer said so. Defaults to the time of the transaction. */
  givenAt?: Date;
}

const STORED = customerConsents.omit('id', 'organizationId', 'source', 'createdAt');

/** Appends consents of one source; without any, no statement is sent. */
export async function insertConsents(
  tx: Transaction,
  consents: readonly NewConsent[],
  source: ConsentSource,
): Promise<CustomerConsentRow[]> {
  if (consents.length === 0) return [];
  const rows = consents.map((consent) => ({ ...consent, givenAt: consent.givenAt ?? tx.now }));
  return tx.many<CustomerConsentRow>(sql`
    insert into customer_consents (id, organization_id, source, created_at, ${STORED.columns})
    select gen_random_uuid(), ${tx.organizationId}::uuid, ${source}, ${tx.now}::timestamptz, ${STORED.values('x')}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${STORED.definitions})
    returning ${customerConsents.columns}`);
}
