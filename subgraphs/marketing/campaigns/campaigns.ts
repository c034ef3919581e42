/** Campaigns: reading and changing them. Sales read those that are live from the cache (live-campaigns.ts). */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { throwFieldErrors } from '#kernel/validation';
import { organizationCurrency, sellingTermsOfAll } from '#subgraphs/auth/index';
import { customersByIds, groupsByIds, segmentsByIds } from '#subgraphs/customers/index';
import { campaignChanged } from '../events';
import type { CreateCampaignInput, QueryCampaignsArgs, UpdateCampaignInput } from '../inputs.generated';
import { campaigns, type CampaignRow, type NewCampaign } from '../tables.generated';
import { changedTerms, newTerms, periodErrors } from './campaign-input.rules';

/** A page of campaigns, the highest priority first. */
export function listCampaigns(ctx: RequestContext, filter: QueryCampaignsArgs): Promise<Page<CampaignRow>> {
  const { status, ...page } = filter;
  const ended = sql`(c.status = 'active' and c.ends_at <= ${ctx.clock.now()})`;
  const shown = status === 'ended' ? ended : sql`(c.status = ${status} and not coalesce(${ended}, false))`;
  const list = {
    select: campaigns.select('c'),
    from: sql`campaigns c`,
    where: [sql`c.deleted_at is null`, ...(status ? [shown] : [])],
    sorts: { priority: sql`c.priority`, name: sql`c.name`, createdAt: sql`c.created_at` },
    updatedAt: sql`c.updated_at`,
    defaultSort: '-priority',
    id: sql`c.id`,
  };
  return listPage<CampaignRow>(ctx.db, list, page);
}

/** A campaign. @throws PosProError 404 */
export async function requireCampaign(
  { prisma }: Pick<RequestContext, 'prisma'>,
  id: string,
): Promise<CampaignRow> {
  const row = isUuid(id) ? await prisma.campaign.findUnique({ where: { id, deletedAt: null } }) : null;
  if (!row) throw notFound('campaign', id);
  return row;
}

/** The campaigns with these ids by id, deleted ones included: orders refer to them. */
export async function campaignsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, CampaignRow>> {
  const rows = await db.many<CampaignRow>(sql`
    select ${campaigns.columns} from campaigns where id = any(${ids.filter(isUuid)}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Creates a campaign as a draft. Emits "campaign.changed". @throws PosProError 422 by field. */
export async function createCampaign(ctx: RequestContext, input: CreateCampaignInput): Promise<CampaignRow> {
  const terms = newTerms(input, await organizationCurrency(ctx.db, organizationOf(ctx)));
  return transact(
    ctx,
    async (tx) => {
      throwFieldErrors([...periodErrors(terms), ...(await referenceErrors(tx, terms))]);
      const ids = { id: ctx.ids.next(), organizationId: tx.organizationId };
      return insertCampaign(tx, { ...terms, ...ids, createdAt: tx.now, updatedAt: tx.now });
    },
    { idempotent: { operation: 'createCampaign', input } },
  );
}

/** Inserts a campaign whose terms have been checked. Emits "campaign.changed". */
export async function insertCampaign(tx: Transaction, campaign: NewCampaign): Promise<CampaignRow> {
  const row = campaigns.complete(campaign);
  await tx.run(campaigns.insert(row));
  emitChanged(tx, row.id, 'created');
  return row;
}

/**
 * Updates a campaign. Emits "campaign.changed".
 * @throws PosProError 404; 422 by field; 409 for another version.
 */
export async function updateCampaign(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdateCampaignInput,
): Promise<CampaignRow> {
  const terms = changedTerms(input, await organizationCurrency(ctx.db, organizationOf(ctx)));
  return transact(ctx, async (tx) => {
    const before = await lockCampaign(tx, id, version);
    throwFieldErrors([...periodErrors({ ...before, ...terms }), ...(await referenceErrors(tx, terms))]);
    return writeChange(tx, before, terms, 'updated');
  });
}

/**
 * Activates a campaign. Emits "campaign.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE after its end.
 */
export async function activateCampaign(ctx: RequestContext, id: string): Promise<CampaignRow> {
  return transact(ctx, async (tx) => {
    const before = await lockCampaign(tx, id);
    if (before.endsAt && before.endsAt <= tx.now) {
      const message = `"${before.name}" ended at ${before.endsAt.toISOString()}. Set a later end, then activate it.`;
      throw new PosProError('ILLEGAL_STATE', message, { details: { status: 'ended' } });
    }
    return writeChange(tx, before, { status: 'active' }, 'activated');
  });
}

/**
 * Pauses a campaign. Emits "campaign.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for a draft.
 */
export async function pauseCampaign(ctx: RequestContext, id: string): Promise<CampaignRow> {
  return transact(ctx, async (tx) => {
    const before = await lockCampaign(tx, id);
    if (before.status === 'draft') {
      const message = `"${before.name}" is a draft, which applies to no sale.`;
      throw new PosProError('ILLEGAL_STATE', message, { details: { status: 'draft' } });
    }
    return writeChange(tx, before, { status: 'paused' }, 'paused');
  });
}

/** Deletes a campaign; its row stays for orders. Emits "campaign.changed". @throws PosProError 404; 409 for another version. */
export async function deleteCampaign(
  ctx: RequestContext,
  campaignId: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const { id } = await lockCampaign(tx, campaignId, version);
    await tx.run(sql`update campaigns set deleted_at = ${tx.now}, updated_at = ${tx.now} where id = ${id}`);
    emitChanged(tx, id, 'deleted');
    return deletionOf(id);
  });
}

/** The status that callers see. @param now the moment that decides whether it has ended. */
export function shownStatus({ status, endsAt }: CampaignRow, now: Date): CampaignRow['status'] | 'ended' {
  return status === 'active' && endsAt && endsAt <= now ? 'ended' : status;
}

async function lockCampaign(tx: Transaction, id: string, version?: number | null): Promise<CampaignRow> {
  const row = await lockVersion(tx, campaigns, 'campaign', { id, version });
  if (row.deletedAt) throw notFound('campaign', id);
  return row;
}

async function writeChange(
  tx: Transaction,
  before: CampaignRow,
  changes: Partial<CampaignRow>,
  change: 'updated' | 'activated' | 'paused',
): Promise<CampaignRow> {
  const after = await tx.one<CampaignRow>(sql`
    update campaigns set ${campaigns.set({ ...changes, updatedAt: tx.now })} where id = ${before.id} returning ${campaigns.columns}`);
  if (isChanged(before, after)) emitChanged(tx, after.id, change);
  return after;
}

function emitChanged(
  tx: Transaction,
  campaignId: string,
  change: Parameters<typeof campaignChanged>[0]['payload']['change'],
): void {
  tx.emit(campaignChanged({ key: campaignId, payload: { campaignId, change } }));
}

/** Lists of ids in a campaign's terms. */
type References = Partial<Pick<CampaignRow, 'branchIds' | 'customerIds' | 'groupIds' | 'segmentIds'>>;

/** Errors of branches, customers, groups and segments that do not exist. */
async function referenceErrors(
  tx: Transaction,
  { branchIds = [], customerIds = [], groupIds = [], segmentIds = [] }: References,
): Promise<FieldError[]> {
  const branches = async () => new Set((await sellingTermsOfAll(tx)).map(({ branchId }) => branchId));
  const missing = async (
    field: keyof References,
    what: string,
    ids: readonly string[],
    read: () => Promise<{ has(id: string): boolean }>,
  ) => {
    if (ids.length === 0) return [];
    const known = await read();
    return ids.flatMap((id, index) =>
      known.has(id)
        ? []
        : [{ field: `${field}.${index}`, message: `There is no such ${what}.`, code: 'NOT_FOUND' }],
    );
  };
  return [
    ...(await missing('branchIds', 'branch', branchIds, branches)),
    ...(await missing('customerIds', 'customer', customerIds, () => customersByIds(tx, customerIds))),
    ...(await missing('groupIds', 'group of customers', groupIds, () => groupsByIds(tx, groupIds))),
    ...(await missing('segmentIds', 'segment of customers', segmentIds, () => segmentsByIds(tx, segmentIds))),
  ];
}
