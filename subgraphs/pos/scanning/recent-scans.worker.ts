/**
 * Which items a person scanned last. A scan must answer at once, so it is only noted in memory; what has been noted is written
 * together, a moment later. To lose a moment's scans with the process is harmless.
 */
import { organizationOf, userOf } from '#kernel/auth/access';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import type { Database } from '#kernel/db/database';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { branchOf } from '#subgraphs/auth/index';
import { resolveItems } from '#subgraphs/catalog/index';
import { withStock, type ScannedItem } from './scanned-item';
import { recentScans, type RecentScanRow } from '../tables.generated';

type NotedScan = Omit<RecentScanRow, 'organizationId'>;
type Scan = Omit<NotedScan, 'scannedAt'>;

/** By organization, then by person and item: a later scan of the same takes the place of the one before. */
type Noted = Map<string, Map<string, NotedScan>>;

const notedBy = new WeakMap<Database, Noted>();

const WRITE_EVERY_MS = 1_000;
/** Of one organization between two writes. */
const MAX_NOTED = 5_000;
/** How long a scan counts as recent. */
const KEPT_DAYS = 30;
const MAX_SHOWN = 100;
const DEFAULT_SHOWN = 20;

/** Remembers that a person scanned an item. Costs nothing but memory, which is bounded. */
export function noteScan(ctx: RequestContext, scan: Scan): void {
  const organizationId = organizationOf(ctx);
  const noted = notedOf(ctx.database);
  const scans = noted.get(organizationId) ?? new Map<string, NotedScan>();
  noted.set(organizationId, scans);
  if (scans.size >= MAX_NOTED) scans.delete(scans.keys().next().value!);
  scans.set(`${scan.userId}:${scan.variantId}`, { ...scan, scannedAt: ctx.clock.now() });
}

function notedOf(database: Database): Noted {
  const known = notedBy.get(database);
  if (known) return known;
  const noted: Noted = new Map<string, Map<string, NotedScan>>();
  notedBy.set(database, noted);
  return noted;
}

/** Writes what has been noted, again and again, until it is stopped; the last time when it is stopped. */
export function startWritingScans(services: Services): Stop {
  let writing = Promise.resolve();
  const write = () => {
    writing = writing.then(() => writeScans(services)).catch((error: unknown) => {
      services.log.warn({ err: error }, 'recent scans could not be written');
    }); // prettier-ignore
    return writing;
  };
  const timer = setInterval(() => void write(), WRITE_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return write();
  };
}

/** Writes what has been noted of one organization, or of all. */
export async function writeScans(services: Services, onlyOrganization?: string): Promise<void> {
  const noted = notedOf(services.database);
  const organizations = onlyOrganization === undefined ? [...noted.keys()] : [onlyOrganization];
  for (const organizationId of organizations) {
    const scans = [...(noted.get(organizationId)?.values() ?? [])];
    noted.delete(organizationId);
    if (scans.length > 0) await writeScansOf(services, organizationId, scans);
  }
}

async function writeScansOf(
  services: Services,
  organizationId: string,
  scans: readonly NotedScan[],
): Promise<void> {
  const ctx = systemContext(services, organizationId, { address: 'recent-scans', recorded: false });
  // In one order everywhere, so that two processes that write at once don't wait for each other in a circle.
  const sorted = [...scans].sort((a, b) => (a.userId + a.variantId < b.userId + b.variantId ? -1 : 1));
  const rows = sorted.map((scan) => recentScans.complete({ ...scan, organizationId }));
  await transact(ctx, async (tx) => {
    await tx.run(sql`
      with scan as (
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(${recentScans.definitions})
      ), forgotten as (
        delete from recent_scans r using (select distinct "userId" from scan) mine
        where r.organization_id = ${organizationId}::uuid and r.user_id = mine."userId"
          and r.scanned_at < ${tx.now}::timestamptz - make_interval(days => ${KEPT_DAYS})
          and not exists (select from scan s where s."userId" = r.user_id and s."variantId" = r.variant_id)
      )
      insert into recent_scans as known (${recentScans.columns}) select ${recentScans.values('s')} from scan s
      on conflict (organization_id, user_id, variant_id)
        do update set branch_id = excluded.branch_id, scanned_at = greatest(known.scanned_at, excluded.scanned_at)`);
  });
}

/** An item that was scanned lately. */
export type RecentItem = ScannedItem & { scannedAt: Date };

/** How many of the last scans are shown: 20, and 100 at most. */
export function shownScans(size: number | null | undefined): number {
  return Math.min(Math.max(size ?? DEFAULT_SHOWN, 1), MAX_SHOWN);
}

/** What the caller scanned last and can still sell, the latest first, each item once, with its present price and stock. */
export async function recentlyScannedProducts(
  ctx: RequestContext,
  size?: number | null,
): Promise<RecentItem[]> {
  const userId = userOf(ctx);
  if (userId === undefined) return [];
  const branchId = branchOf(ctx);
  await writeScans(ctx, organizationOf(ctx));
  const scans = await ctx.db.many<{ variantId: string; scannedAt: Date }>(sql`
    select variant_id, scanned_at from recent_scans
    where organization_id = ${organizationOf(ctx)}::uuid and user_id = ${userId}::uuid
    order by scanned_at desc, variant_id desc limit ${shownScans(size)}`);
  const items = await resolveItems(
    ctx.db,
    organizationOf(ctx),
    scans.map(({ variantId }) => ({ variantId })),
    branchId,
  );
  const known = items.flatMap((item, index) => (item ? [{ item, scannedAt: scans[index]!.scannedAt }] : []));
  const shown = await withStock(
    ctx,
    branchId,
    known.map(({ item }) => item),
  );
  return shown.map((item, index) => ({ ...item, scannedAt: known[index]!.scannedAt }));
}
