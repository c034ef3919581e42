/** Discount codes: creating them, single or by the thousand, and reading them. */
import { randomBytes } from 'node:crypto';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invariant, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import { organizationCurrency } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import type { GenerateDiscountCodesInput, QueryDiscountCodesArgs } from '../inputs.generated';
import { campaigns, discountCodes, type CampaignRow, type DiscountCodeRow } from '../tables.generated';
import { codeKey, generatedCodes, isCode, MAX_CODE } from './code-text.rules';

const MAX_CODES = 100_000;
const MAX_USES = 1_000_000_000;
const DEFAULT_LENGTH = 10;
/** Codes in one statement, and in the answer. */
const CHUNK = 10_000;
const SHOWN = 100;

/** A page of codes, the newest first. */
export function listDiscountCodes(
  ctx: RequestContext,
  { campaignId, batchId, ...page }: QueryDiscountCodesArgs,
): Promise<Page<DiscountCodeRow>> {
  const list = {
    select: discountCodes.select('c'),
    from: sql`discount_codes c`,
    where: [...sameId(sql`c.campaign_id`, campaignId), ...sameId(sql`c.batch_id`, batchId)],
    sorts: { createdAt: sql`c.created_at`, code: sql`c.code_key` },
    defaultSort: '-createdAt',
    id: sql`c.id`,
  };
  return listPage<DiscountCodeRow>(ctx.db, list, page);
}

/** Codes that were created together. */
export interface CodeBatch {
  readonly id: string;
  readonly campaignId: string;
  readonly codesCount: number;
  readonly codes: readonly DiscountCodeRow[];
}

/**
 * Creates a single code, or generates random ones.
 * @throws PosProError 404 for an unknown campaign; 409 ALREADY_EXISTS for a code that exists in any spelling; 422 by field.
 */
export async function generateDiscountCodes(
  ctx: RequestContext,
  input: GenerateDiscountCodesInput,
): Promise<CodeBatch> {
  const currency = await organizationCurrency(ctx.db, organizationOf(ctx));
  throwFieldErrors(inputErrors(input, currency));
  return transact(
    ctx,
    async (tx) => {
      const campaign = await requireCampaignForCodes(tx, input.campaignId);
      if (input.customerId != null && !(await isCustomer(tx, input.customerId)))
        throwFieldErrors([{ field: 'customerId', message: 'There is no such customer.', code: 'NOT_FOUND' }]);
      const terms = codeTerms(tx, campaign, input);
      if (input.code != null) return singleCode(tx, ctx, terms, input.code);
      return randomCodes(tx, ctx, terms, input);
    },
    { idempotent: { operation: 'generateDiscountCodes', input } },
  );
}

type CodeTerms = Omit<DiscountCodeRow, 'id' | 'code' | 'codeKey' | 'batchId' | 'uses'>;

function codeTerms(
  tx: Transaction,
  { id, organizationId }: CampaignRow,
  input: GenerateDiscountCodesInput,
): CodeTerms {
  return {
    organizationId,
    campaignId: id,
    customerId: input.customerId?.toLowerCase() ?? null,
    usesLimit: input.usesLimit ?? (input.code == null ? 1 : null),
    usesPerCustomer: input.usesPerCustomer ?? null,
    minimum: input.minimum ?? null,
    validFrom: input.validFrom ?? null,
    validUntil: input.validUntil ?? null,
    createdAt: tx.now,
  };
}

async function singleCode(
  tx: Transaction,
  ctx: RequestContext,
  terms: CodeTerms,
  code: string,
): Promise<CodeBatch> {
  const row = { ...terms, id: ctx.ids.next(), code: code.trim(), codeKey: codeKey(code), batchId: null };
  const stored = await tx.maybeOne<DiscountCodeRow>(sql`
    ${discountCodes.insert(row)} on conflict (organization_id, code_key) do nothing returning ${discountCodes.columns}`);
  if (!stored) {
    const message = `There is a code "${row.code}" already, in this or another spelling.`;
    throw new PosProError('ALREADY_EXISTS', message, {
      errors: [{ field: 'code', message, code: 'ALREADY_EXISTS' }],
    });
  }
  return { id: stored.id, campaignId: stored.campaignId, codesCount: 1, codes: [stored] };
}

async function randomCodes(
  tx: Transaction,
  ctx: RequestContext,
  terms: CodeTerms,
  { count, prefix, length }: GenerateDiscountCodesInput,
): Promise<CodeBatch> {
  const batchId = ctx.ids.next();
  const codesCount = count ?? 1;
  const characters = length ?? DEFAULT_LENGTH;
  const shown: DiscountCodeRow[] = [];
  let missing = codesCount;
  // A code that exists already is not stored, and another one takes its place.
  for (let attempt = 0; missing > 0; attempt += 1) {
    invariant(attempt < 100, 'random codes collide with existing ones');
    const chunk = Math.min(missing, CHUNK);
    const codes = generatedCodes(
      randomBytes(chunk * characters),
      characters,
      prefix?.trim().toUpperCase() ?? '',
    );
    const rows = codes.map((code) => ({
      ...terms,
      id: ctx.ids.next(),
      code,
      codeKey: codeKey(code),
      batchId,
    }));
    const stored = await tx.many<DiscountCodeRow>(sql`
      ${discountCodes.insertMany(rows)} on conflict (organization_id, code_key) do nothing returning ${discountCodes.columns}`);
    missing -= stored.length;
    shown.push(...stored.slice(0, SHOWN - shown.length));
  }
  return { id: batchId, campaignId: terms.campaignId, codesCount, codes: shown };
}

async function requireCampaignForCodes(tx: Transaction, id: string): Promise<CampaignRow> {
  const campaign = isUuid(id)
    ? await tx.maybeOne<CampaignRow>(
        sql`select ${campaigns.columns} from campaigns where id = ${id}::uuid and deleted_at is null`,
      )
    : undefined;
  if (!campaign) throw notFound('campaign', id);
  if (campaign.requiresCode) return campaign;
  const message = `"${campaign.name}" applies without a code. Set requiresCode first.`;
  throw new PosProError('ILLEGAL_STATE', message, { details: { campaignId: campaign.id } });
}

async function isCustomer(tx: Transaction, id: string): Promise<boolean> {
  return isUuid(id) && (await customerById(tx, id)) !== undefined;
}

function inputErrors(input: GenerateDiscountCodesInput, currency: string): FieldError[] {
  const { code, count, prefix, length, minimum, validFrom, validUntil } = input;
  const errors: FieldError[] = [];
  const range = (field: string, value: number | null | undefined, least: number, most: number) => {
    if (value != null && (value < least || value > most))
      errors.push({ field, message: `Must be ${least} to ${most}.`, code: 'RANGE' });
  };
  range('count', count, 1, MAX_CODES);
  range('length', length, 8, 20);
  range('usesLimit', input.usesLimit, 1, MAX_USES);
  range('usesPerCustomer', input.usesPerCustomer, 1, MAX_USES);
  if (code != null && !isCode(code.trim())) {
    const message = `Must have 3 to ${MAX_CODE} letters and digits, with single blanks or dashes between.`;
    errors.push({ field: 'code', message, code: 'INVALID' });
  }
  if (code != null && (count != null || prefix != null || length != null))
    errors.push({
      field: 'code',
      message: 'Set "code", or "count", "prefix" and "length".',
      code: 'INVALID',
    });
  if (prefix != null && !/^[A-Za-z0-9-]{0,20}$/.test(prefix.trim()))
    errors.push({
      field: 'prefix',
      message: 'Must have up to 20 letters, digits and dashes.',
      code: 'INVALID',
    });
  if (minimum) errors.push(...amountErrors('minimum', minimum, currency, 'not_negative'));
  if (validFrom && validUntil && validUntil <= validFrom)
    errors.push({ field: 'validUntil', message: 'Must be later than validFrom.', code: 'RANGE' });
  return errors;
}
