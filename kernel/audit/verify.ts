/** Verifies the audit trail of an organization by its hash chain, and names the first altered row. */
import { sql, type Queryable } from '../db/database';

/**
 * The kinds of errors:
 * - `entry_changed`: the entry, one of its changes or its seal differs from the sealed one.
 * - `entry_missing`: a sealed entry is missing.
 * - `seal_missing`: a number of the chain is missing, or its end.
 * - `chain_broken`: a seal does not follow from the one before.
 * - `entry_unsealed`: an entry was inserted outside the chain.
 * - `change_unbound`: a change belongs to no entry.
 */
export type TrailErrorKind =
  'entry_changed' | 'entry_missing' | 'seal_missing' | 'chain_broken' | 'entry_unsealed' | 'change_unbound';

export interface TrailError {
  kind: TrailErrorKind;
  /** The number in the chain; null outside the chain. */
  sequence: number | null;
  /** The entry, if known. */
  entryId: string | null;
  /** A sentence for people. */
  message: string;
}

export interface TrailCheck {
  organizationId: string;
  valid: boolean;
  /** Number of intact entries, from the first on. */
  checked: number;
  /**
   * The number of the last seal; 0 for an empty chain. Stored elsewhere with its hash, it proves later what the
   * trail was.
   */
  sequence: number;
  /** The hash of the last seal, in hex; null for an empty chain. */
  hash: string | null;
  /** Recent entries that wait for their seal. */
  pending: number;
  /** The first invalid row; null if all are valid. */
  error: TrailError | null;
}

const PAGE = 2_000;

interface Link {
  sequence: number;
  entryId: string;
  previousHash: string | null;
  hash: string;
  /** The expected hash; null if the entry is missing. */
  computed: string | null;
}

interface Head {
  sequence: number;
  hash: string | null;
  /** The highest number of a seal: the same as the head's, unless the chain was altered. */
  highest: number;
  pending: number;
}

/** Verifies an organization's whole trail, a page at a time; concurrent writes do not disturb it. */
export async function verifyTrail(db: Queryable, organizationId: string): Promise<TrailCheck> {
  const head = await readHead(db, organizationId);
  const walk = await walkChain(db, organizationId, head);
  const error = walk.error ?? (await strangers(db, organizationId));
  const { sequence, hash, pending } = head;
  return { organizationId, valid: error === null, checked: walk.checked, sequence, hash, pending, error };
}

/** Every organization that has a trail, in the order of their ids. */
export async function organizationsWithTrail(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`
    select organization_id as id from audit_heads union select organization_id from audit_seals
    union select organization_id from audit_pending union select id from organizations order by id`);
  return rows.map(({ id }) => id);
}

function readHead(db: Queryable, organizationId: string): Promise<Head> {
  return db.one<Head>(sql`
    select coalesce(h.sequence, 0) as sequence, encode(h.hash, 'hex') as hash,
      coalesce((select max(s.sequence) from audit_seals s where s.organization_id = ${organizationId}::uuid), 0) as highest,
      (select count(*) from audit_pending p where p.organization_id = ${organizationId}::uuid) as pending
    from (select) as one left join audit_heads h on h.organization_id = ${organizationId}::uuid`);
}

async function walkChain(
  db: Queryable,
  organizationId: string,
  head: Head,
): Promise<{ checked: number; error: TrailError | null }> {
  let checked = 0;
  let previous: string | null = null;
  const end = Math.max(head.sequence, head.highest);
  while (checked < end) {
    const links = await readLinks(db, organizationId, checked, Math.min(PAGE, end - checked));
    for (const link of links) {
      const error = errorOf(link, checked + 1, previous);
      if (error) return { checked, error };
      checked += 1;
      previous = link.hash;
    }
    if (links.length === 0) return { checked, error: sealMissing(checked + 1) };
  }
  if (head.sequence === head.highest && head.hash === previous) return { checked, error: null };
  const message = `The chain ends with number ${head.highest}, but its end was noted as number ${head.sequence} with another hash.`;
  return { checked, error: { kind: 'chain_broken', sequence: head.highest, entryId: null, message } };
}

/** The text of each link is made by itself (`offset 0`): joined, the planner may make those of the whole trail for every page. */
function readLinks(db: Queryable, organizationId: string, after: number, limit: number): Promise<Link[]> {
  return db.many<Link>(sql`
    select s.sequence, s.entry_id, encode(s.previous_hash, 'hex') as previous_hash, encode(s.hash, 'hex') as hash,
      encode(pospro_audit_hash(s.sequence, t.text, s.previous_hash), 'hex') as computed
    from audit_seals s left join lateral (
      select text from audit_texts where organization_id = s.organization_id and entry_id = s.entry_id offset 0) t on true
    where s.organization_id = ${organizationId}::uuid and s.sequence > ${after}
    order by s.sequence limit ${limit}`);
}

function errorOf(link: Link, expected: number, previous: string | null): TrailError | null {
  const { sequence, entryId, previousHash, hash, computed } = link;
  if (sequence !== expected) return sealMissing(expected);
  const error = (kind: TrailErrorKind, message: string) => ({ kind, sequence, entryId, message });
  if (computed === null)
    return error('entry_missing', `Entry ${entryId}, number ${sequence} of the chain, is missing.`);
  if (previousHash !== previous) {
    return error(
      'chain_broken',
      `Number ${sequence} of the chain does not follow from number ${sequence - 1}.`,
    );
  }
  if (computed !== hash) {
    const message = `Entry ${entryId}, number ${sequence} of the chain, its changes or its seal are not as they were sealed.`;
    return error('entry_changed', message);
  }
  return null;
}

function sealMissing(sequence: number): TrailError {
  return {
    kind: 'seal_missing',
    sequence,
    entryId: null,
    message: `Number ${sequence} of the chain is missing.`,
  };
}

/** Rows outside the chain: an entry that was never sealed in order, or a change without an entry. */
async function strangers(db: Queryable, organizationId: string): Promise<TrailError | null> {
  const entry = await db.maybeOne<{ id: string }>(sql`
    select e.id from audit_entries e where e.organization_id = ${organizationId}::uuid
      and not exists (select from audit_seals s where s.organization_id = e.organization_id and s.entry_id = e.id)
      and not exists (select from audit_pending p where p.organization_id = e.organization_id and p.entry_id = e.id)
    order by e.id limit 1`);
  if (entry) {
    const message = `Entry ${entry.id} was never sealed: it was put in beside the chain, or its seal was taken away.`;
    return { kind: 'entry_unsealed', sequence: null, entryId: entry.id, message };
  }
  const lost = await db.maybeOne<{ id: string }>(sql`
    select p.entry_id as id from audit_pending p where p.organization_id = ${organizationId}::uuid
      and not exists (select from audit_entries e where e.organization_id = p.organization_id and e.id = p.entry_id)
    order by p.sequence limit 1`);
  if (lost) {
    const message = `Entry ${lost.id} was gone before it could be sealed.`;
    return { kind: 'entry_missing', sequence: null, entryId: lost.id, message };
  }
  const change = await db.maybeOne<{ sequence: number; entryId: string }>(sql`
    select c.sequence, c.entry_id from audit_changes c where c.organization_id = ${organizationId}::uuid
      and not exists (select from audit_entries e where e.organization_id = c.organization_id and e.id = c.entry_id)
    order by c.entry_id, c.sequence limit 1`);
  if (!change) return null;
  const message = `Change ${change.sequence} belongs to the entry ${change.entryId}, which does not exist.`;
  return { kind: 'change_unbound', sequence: null, entryId: change.entryId, message };
}
