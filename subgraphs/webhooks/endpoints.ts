/** The addresses that are told of events. */
import { newSecret, openSecret, sealSecret } from '#kernel/auth/secrets';
import { textFaults, throwFaults } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid, notFound } from '#kernel/errors';
import { presentEnd } from '#kernel/events/outbox';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { requireTypes } from './event-feed';
import type { CreateWebhookInput, RotateWebhookSecretInput, UpdateWebhookInput } from './inputs.generated';
import { webhookEndpoints, type NewWebhookEndpoint, type WebhookEndpointRow } from './tables.generated';
import { checkedUrl } from './target-guard';
import { PUBLIC_TYPES, unknownTypes } from './event-catalog.rules';

export type EndpointStatus = WebhookEndpointRow['status'];

/** An endpoint as it is shown; its secrets stay where they are. */
export type EndpointRow = Omit<WebhookEndpointRow, (typeof HIDDEN)[number]>;

/** With the secret, which is shown only once. */
export interface EndpointWithSecret extends EndpointRow {
  signingSecret?: string;
}

/** The columns that only the sending reads. */
const HIDDEN = ['secret', 'previousSecret', 'sequence'] as const;

const SHOWN = webhookEndpoints.omit(...HIDDEN);
const OMIT = { secret: true, previousSecret: true, sequence: true } as const;

/** What the secrets are sealed for. */
const PURPOSE = 'webhook';
const SECRET_PREFIX = 'pospro_whsec_';
const MAX_ENDPOINTS = 50;
const DEFAULT_OVERLAP_SECONDS = 24 * 3600;
const MAX_OVERLAP_SECONDS = 7 * 24 * 3600;

/** The organization's endpoints, the newest first. */
export function listEndpoints(ctx: RequestContext, args: PageArgs): Promise<Page<EndpointRow>> {
  return listPage<EndpointRow>(
    ctx.db,
    {
      select: SHOWN.select('e'),
      from: sql`webhook_endpoints e`,
      where: [],
      sorts: { createdAt: sql`e.created_at`, url: sql`e.url` },
      defaultSort: '-createdAt',
      id: sql`e.id`,
    },
    args,
  );
}

/** @throws PosProError 404 */
export async function endpointById(
  { prisma }: Pick<RequestContext, 'prisma'>,
  id: string,
): Promise<EndpointRow> {
  const row = isUuid(id) ? await prisma.webhookEndpoint.findUnique({ where: { id }, omit: OMIT }) : null;
  if (!row) throw notFound('webhook', id);
  return row;
}

/** Writes an endpoint that is told of what happens from now on. The demo shop brings its own id. */
export async function insertEndpoint(
  tx: Transaction,
  ctx: Pick<RequestContext, 'config'>,
  endpoint: Pick<EndpointRow, 'id' | 'url' | 'description'> & { types: readonly string[] },
): Promise<EndpointWithSecret> {
  const signingSecret = newSecret(SECRET_PREFIX);
  const { xid, sequence } = await presentEnd(tx);
  const row: NewWebhookEndpoint = {
    ...endpoint,
    types: [...endpoint.types],
    organizationId: tx.organizationId,
    status: 'active',
    secret: sealSecret(ctx.config, PURPOSE, endpoint.id, signingSecret),
    sequence,
    createdAt: tx.now,
    updatedAt: tx.now,
  };
  const inserted = await tx.one<EndpointRow>(sql`
    insert into webhook_endpoints as e (${webhookEndpoints.columns}, xid)
    values (${webhookEndpoints.parameters(row)}, ${xid}::xid8)
    returning ${SHOWN.select('e')}`);
  return { ...inserted, signingSecret };
}

/**
 * Makes a webhook. Nobody sends out what they may not read: with the types left out, they need the permissions of all.
 * @throws PosProError 403 for a type that the caller may not be told of, 422 by field.
 */
export async function createWebhook(
  ctx: RequestContext,
  input: CreateWebhookInput,
): Promise<EndpointWithSecret> {
  const { url, description, types } = checkedInput(ctx, input);
  return transact(ctx, async (tx) => {
    if ((await tx.prisma.webhookEndpoint.count()) >= MAX_ENDPOINTS)
      throw invalid('url', `An organization may have ${MAX_ENDPOINTS} webhooks.`, 'TOO_MANY');
    return insertEndpoint(tx, ctx, { id: ctx.ids.next(), url, description, types });
  });
}

/**
 * Changes an endpoint. One that is switched on again is told of what happened in the meantime, as far as it is kept.
 * @throws PosProError 403 where it is told of a type that the caller may not be told of, 404, 409 for another version, 422 by field.
 */
export async function updateWebhook(
  ctx: RequestContext,
  id: string,
  changes: UpdateWebhookInput,
): Promise<EndpointRow> {
  return transact(ctx, async (tx) => {
    const before = await lockEndpoint(tx, id);
    assertVersion(tx, 'webhook', before, changes.version);
    const { url, description, types } = checkedInput(ctx, {
      url: changes.url ?? before.url,
      description: changes.description === undefined ? before.description : changes.description,
      types: changes.types ?? before.types,
    });
    const status = changes.status ?? before.status;
    const disabledAt = status === 'active' ? null : (before.disabledAt ?? tx.now);
    const disabledReason = status === 'active' ? null : (before.disabledReason ?? 'switched off');
    const data = { url, description, types, status, disabledAt, disabledReason, updatedAt: tx.now };
    return tx.prisma.webhookEndpoint.update({ where: { id }, data, omit: OMIT });
  });
}

/** Removes an endpoint with its deliveries. @throws PosProError 404; 409 for another version. */
export async function deleteWebhook(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<EndpointRow> {
  return transact(ctx, async (tx) => {
    const before = await lockEndpoint(tx, id);
    assertVersion(tx, 'webhook', before, version);
    await tx.prisma.webhookEndpoint.deleteMany({ where: { id } });
    return before;
  });
}

/**
 * Gives an endpoint a new secret. The one before signs beside it for a while, so that the receiver can change over at leisure.
 * @throws PosProError 404, 422
 */
export async function rotateSecret(
  ctx: RequestContext,
  id: string,
  { overlapSeconds }: RotateWebhookSecretInput,
): Promise<EndpointWithSecret> {
  const overlap = overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
  if (overlap < 0 || overlap > MAX_OVERLAP_SECONDS)
    throw invalid('overlapSeconds', `From 0 to ${MAX_OVERLAP_SECONDS} seconds.`);
  const signingSecret = newSecret(SECRET_PREFIX);
  return transact(ctx, async (tx) => {
    const { organizationId } = await lockEndpoint(tx, id);
    const sealed = sealSecret(ctx.config, PURPOSE, id, signingSecret);
    const until = new Date(tx.now.getTime() + overlap * 1000);
    const row = await tx.one<EndpointRow>(sql`
      update webhook_endpoints e set secret = ${sealed}, previous_secret = e.secret, previous_until = ${until}, updated_at = ${tx.now}
      where e.organization_id = ${organizationId} and e.id = ${id} returning ${SHOWN.select('e')}`);
    return { ...row, signingSecret };
  });
}

/** The secrets that sign at this moment, the newest first; those sealed under another JWT_SECRET are lost. */
export function liveSecrets(
  ctx: Pick<RequestContext, 'config'>,
  endpoint: Pick<WebhookEndpointRow, 'id' | 'secret' | 'previousSecret' | 'previousUntil'>,
  now: Date,
): string[] {
  const { id, secret, previousSecret, previousUntil } = endpoint;
  const sealed = [
    secret,
    ...(previousSecret && previousUntil && previousUntil > now ? [previousSecret] : []),
  ];
  return sealed.map((each) => openSecret(ctx.config, PURPOSE, id, each)).filter((text) => text !== undefined);
}

/** @throws PosProError 404 */
export async function lockEndpoint(tx: Transaction, id: string): Promise<EndpointRow> {
  const row = isUuid(id)
    ? await tx.maybeOne<EndpointRow>(sql`
        select ${SHOWN.select('e')} from webhook_endpoints e where e.id = ${id} for no key update`)
    : undefined;
  if (!row) throw notFound('webhook', id);
  return row;
}

function checkedInput(
  ctx: RequestContext,
  input: CreateWebhookInput,
): { url: string; description: string | null; types: string[] } {
  const description = input.description?.trim() ?? null;
  if (description !== null) throwFaults(textFaults('description', description, { max: 500 }));
  const types = [...new Set(input.types ?? [])];
  const [unknown] = unknownTypes(types);
  if (unknown !== undefined)
    throw invalid('types', `"${unknown.slice(0, 60)}" is no type of event.`, 'UNKNOWN_TYPE');
  requireTypes(ctx, types.length > 0 ? types : PUBLIC_TYPES);
  return { url: checkedUrl(input.url, ctx.config.webhooks), description, types };
}
