/**
 * The items that a user scanned last. A scan must answer at once, so it is only buffered in memory; buffered scans are written
 * together, a moment later. Losing the scans of a moment with the process is harmless.
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

type BufferedScan = Omit<RecentScanRow, 'organizationId'>;
type Scan = Omit<BufferedScan, 'scannedAt'>;

/** By organization, then by user and item: a later scan of an item replaces the earlier one. */
type ScanBuffer = Map<string, Map<string, BufferedScan>>;

const buffers = new WeakMap<Database, ScanBuffer>();

const WRITE_EVERY_MS = 1_000;
/** Maximum number of buffered scans of one organization between two writes. */
const MAX_BUFFERED = 5_000;
/** Maximum number of listed scans of a user; older ones are not kept. So the table needs no index by time, which every scan would change. */
const MAX_SIZE = 100;
const DEFAULT_SIZE = 20;

/** Buffers a scan. Costs only memory, which is bounded. */
export function bufferScan(ctx: RequestContext, scan: Scan): void {
  const organizationId = organizationOf(ctx);
  const buffer = scanBuffer(ctx.database);
  const scans = buffer.get(organizationId) ?? new Map<string, BufferedScan>();
  buffer.set(organizationId, scans);
  if (scans.size >= MAX_BUFFERED) scans.delete(scans.keys().next().value!);
  scans.set(`${scan.userId}:${scan.variantId}`, { ...scan, scannedAt: ctx.clock.now() });
}

function scanBuffer(database: Database): ScanBuffer {
  const buffer = buffers.get(database) ?? new Map<string, Map<string, BufferedScan>>();
  buffers.set(database, buffer);
  return buffer;
}

/** Writes buffered scans at intervals. @returns a function that stops this and writes for the last time. */
export function startWritingScans(services: Services): Stop {
  const write = () =>
    writeScans(services).catch((error: unknown) => {
      services.log.warn({ err: error }, 'recent scans could not be written');
    });
  const timer = setInterval(() => void write(), WRITE_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return write();
  };
}

/** The writing in progress. */
const writings = new WeakMap<Database, Promise<unknown>>();

/** Writes the buffered scans of one organization, or of all, after the writing in progress: its scans are in neither place until it ends. */
export function writeScans(services: Services, onlyOrganization?: string): Promise<void> {
  const before = writings.get(services.database) ?? Promise.resolve();
  const writing = before.then(() => writeBuffered(services, onlyOrganization));
  // An error is that of the caller who began it, and keeps no other from writing.
  writings.set(
    services.database,
    writing.catch(() => undefined),
  );
  return writing;
}

async function writeBuffered(services: Services, onlyOrganization?: string): Promise<void> {
  const buffer = scanBuffer(services.database);
  const organizations = onlyOrganization === undefined ? [...buffer.keys()] : [onlyOrganization];
  for (const organizationId of organizations) {
    const scans = [...(buffer.get(organizationId)?.values() ?? [])];
    buffer.delete(organizationId);
    if (scans.length > 0) await writeScansOf(services, organizationId, scans);
  }
}

async function writeScansOf(
  services: Services,
  organizationId: string,
  scans: readonly BufferedScan[],
): Promise<void> {
  const ctx = systemContext(services, organizationId, { address: 'recent-scans', recorded: false });
  // All processes write in the same order, so that two that write at once do not deadlock.
  const sorted = [...scans].sort((a, b) => (a.userId + a.variantId < b.userId + b.variantId ? -1 : 1));
  const rows = sorted.map((scan) => recentScans.complete({ ...scan, organizationId }));
  await transact(ctx, async (tx) => {
    await tx.run(sql`
      with scan as (
        select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(${recentScans.definitions})
      ), forgotten as (
        delete from recent_scans r using (
          select k.user_id, k.variant_id, row_number() over (partition by k.user_id order by k.scanned_at desc) as place
          from recent_scans k where k.organization_id = ${organizationId}::uuid and k.user_id in (select "userId" from scan)
        ) kept
        where r.organization_id = ${organizationId}::uuid and r.user_id = kept.user_id and r.variant_id = kept.variant_id
          and kept.place > ${MAX_SIZE}
          and not exists (select from scan s where s."userId" = r.user_id and s."variantId" = r.variant_id)
      )
      insert into recent_scans as known (${recentScans.columns}) select ${recentScans.values('s')} from scan s
      on conflict (organization_id, user_id, variant_id)
        do update set branch_id = excluded.branch_id, scanned_at = greatest(known.scanned_at, excluded.scanned_at)`);
  });
}

/** An item that was scanned recently. */
export type RecentItem = ScannedItem & { scannedAt: Date };

/** Number of recent scans to list: 1 to 100. Defaults to 20. */
function recentScansSize(size: number | null | undefined): number {
  return Math.min(Math.max(size ?? DEFAULT_SIZE, 1), MAX_SIZE);
}

/** Lists the items that the caller scanned last and can still sell, the latest first, each once, with its present price and stock. */
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
    order by scanned_at desc, variant_id desc limit ${recentScansSize(size)}`);
  const items = await resolveItems(
    ctx,
    ctx.db,
    scans.map(({ variantId }) => ({ variantId })),
    branchId,
  );
  const scannedItems = items.flatMap((item, index) =>
    item ? [{ item, scannedAt: scans[index]!.scannedAt }] : [],
  );
  const itemsWithStock = await withStock(
    ctx,
    branchId,
    scannedItems.map(({ item }) => item),
  );
  return itemsWithStock.map((item, index) => ({ ...item, scannedAt: scannedItems[index]!.scannedAt }));
}
