/** Webhook endpoints: the addresses to which events are sent. */
import { newSecret, openSecret, sealSecret } from '#kernel/auth/secrets';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { invalid, notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { byId } from '#kernel/graph/loader';
import { presentEnd } from '#kernel/events/outbox';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { assertTypesReadable } from './event-feed';
import type { CreateWebhookInput, RotateWebhookSecretInput, UpdateWebhookInput } from './inputs.generated';
import { webhookEndpoints, type NewWebhookEndpoint, type WebhookEndpointRow } from './tables.generated';
import { checkedUrl } from './target-guard';
import { assertTypesKnown, PUBLIC_TYPES } from './event-catalog';

export type EndpointStatus = WebhookEndpointRow['status'];

/** The visible part of an endpoint, without its secrets. */
export type EndpointRow = Omit<WebhookEndpointRow, (typeof HIDDEN_COLUMNS)[number]>;

/** An endpoint with its signing secret, which is shown only once. */
export interface EndpointWithSecret extends EndpointRow {
  signingSecret?: string;
}

/** The columns that only the worker reads. */
const HIDDEN_COLUMNS = ['secret', 'previousSecret', 'sequence'] as const;

const ENDPOINT_FIELDS = webhookEndpoints.omit(...HIDDEN_COLUMNS);
const HIDDEN_FIELDS = { secret: true, previousSecret: true, sequence: true } as const;

/** Purpose for which the secrets are sealed. */
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
      select: ENDPOINT_FIELDS.select('e'),
      from: sql`webhook_endpoints e`,
      where: [],
      sorts: { createdAt: sql`e.created_at`, url: sql`e.url` },
      updatedAt: sql`e.updated_at`,
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
  const row = isUuid(id)
    ? await prisma.webhookEndpoint.findUnique({ where: { id }, omit: HIDDEN_FIELDS })
    : null;
  if (!row) throw notFound('webhook', id);
  return row;
}

/** The endpoints among these ids that the caller may see, by id. One statement. */
export async function endpointsByIds(
  { prisma }: Pick<RequestContext, 'prisma'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EndpointRow>> {
  const where = { id: { in: ids.filter(isUuid) } };
  return byId(await prisma.webhookEndpoint.findMany({ where, omit: HIDDEN_FIELDS }));
}

/** Writes an endpoint that receives the events from now on. The demo shop sets the id. */
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
    values (${webhookEndpoints.parameters(row)}, pospro_cursor_xid(${xid}))
    returning ${ENDPOINT_FIELDS.select('e')}`);
  return { ...inserted, signingSecret };
}

/**
 * Creates a webhook. The caller can only send events that they may read: without types, they need the permissions of all types.
 * @throws PosProError 403 for a type that the caller may not read, 422 by field.
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
 * Changes an endpoint. An endpoint that is activated again receives the events of the meantime, as far as they are kept.
 * @throws PosProError 403 for a type that the caller may not read, 404, 409 for another version, 422 by field.
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
    return tx.prisma.webhookEndpoint.update({ where: { id }, data, omit: HIDDEN_FIELDS });
  });
}

/** Removes an endpoint with its deliveries. @throws PosProError 404; 409 for another version. */
export async function deleteWebhook(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    assertVersion(tx, 'webhook', await lockEndpoint(tx, id), version);
    await tx.prisma.webhookEndpoint.deleteMany({ where: { id } });
    return deletionOf(id);
  });
}

/**
 * Replaces the secret of an endpoint. Requests are also signed with the previous secret for a while, so that the receiver can
 * change over at any time.
 * @throws PosProError 404, 422
 */
export async function rotateSecret(
  ctx: RequestContext,
  id: string,
  { overlapSeconds }: RotateWebhookSecretInput,
): Promise<EndpointWithSecret> {
  const overlap = overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
  if (overlap < 0 || overlap > MAX_OVERLAP_SECONDS)
    throw invalid('overlapSeconds', `Must be 0 to ${MAX_OVERLAP_SECONDS} seconds.`);
  const signingSecret = newSecret(SECRET_PREFIX);
  return transact(ctx, async (tx) => {
    const { organizationId } = await lockEndpoint(tx, id);
    const sealed = sealSecret(ctx.config, PURPOSE, id, signingSecret);
    const until = new Date(tx.now.getTime() + overlap * 1000);
    const row = await tx.one<EndpointRow>(sql`
      update webhook_endpoints e set secret = ${sealed}, previous_secret = e.secret, previous_until = ${until}, updated_at = ${tx.now}
      where e.organization_id = ${organizationId} and e.id = ${id} returning ${ENDPOINT_FIELDS.select('e')}`);
    return { ...row, signingSecret };
  });
}

/** The secrets with which requests are signed now, the newest first. Secrets sealed under another JWT_SECRET are lost. */
export function activeSecrets(
  ctx: Pick<RequestContext, 'config'>,
  endpoint: Pick<WebhookEndpointRow, 'id' | 'secret' | 'previousSecret' | 'previousUntil'>,
  now: Date,
): string[] {
  const { id, secret, previousSecret, previousUntil } = endpoint;
  const sealedSecrets = [
    secret,
    ...(previousSecret && previousUntil && previousUntil > now ? [previousSecret] : []),
  ];
  return sealedSecrets
    .map((sealedSecret) => openSecret(ctx.config, PURPOSE, id, sealedSecret))
    .filter((text) => text !== undefined);
}

/** @throws PosProError 404 */
export async function lockEndpoint(tx: Transaction, id: string): Promise<EndpointRow> {
  const row = isUuid(id)
    ? await tx.maybeOne<EndpointRow>(sql`
        select ${ENDPOINT_FIELDS.select('e')} from webhook_endpoints e where e.id = ${id} for no key update`)
    : undefined;
  if (!row) throw notFound('webhook', id);
  return row;
}

function checkedInput(
  ctx: RequestContext,
  input: CreateWebhookInput,
): { url: string; description: string | null; types: string[] } {
  const description = input.description?.trim() ?? null;
  if (description !== null) throwFieldErrors(textErrors('description', description, { max: 500 }));
  const types = [...new Set(input.types ?? [])];
  assertTypesKnown(types);
  assertTypesReadable(ctx, types.length > 0 ? types : PUBLIC_TYPES);
  return { url: checkedUrl(input.url, ctx.config.webhooks), description, types };
}
