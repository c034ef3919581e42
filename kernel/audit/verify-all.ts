/** Verifies the audit trail of the whole platform, for the terminal. */
import type { Queryable } from '../db/database';
import { organizationsWithTrail, verifyTrail, type TrailCheck } from './verify';

/** Verifies every organization. @returns whether all trails are intact. */
export async function verifyAll(db: Queryable, say: (line: string) => void): Promise<boolean> {
  const organizations = await organizationsWithTrail(db);
  let whole = true;
  for (const organizationId of organizations) {
    const check = await verifyTrail(db, organizationId);
    whole = whole && check.valid;
    say(describe(check));
  }
  say(
    whole
      ? `The audit trail is whole (${organizations.length} organizations).`
      : 'The audit trail is NOT as it was written.',
  );
  return whole;
}

function describe({ organizationId, valid, checked, hash, pending, error }: TrailCheck): string {
  const waiting = pending > 0 ? `, ${pending} wait for their seal` : '';
  if (valid)
    return `${organizationId}: ${checked} entries in order${waiting}, last hash ${hash ?? 'none yet'}`;
  return `${organizationId}: ${checked} entries in order, then ${error!.kind}: ${error!.message}`;
}
