/** Customers who may be one person: they share a phone number or an e-mail address. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { foldText } from '#kernel/fold-text.rules';
import { byId, loader } from '#kernel/graph/loader';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import type { CustomerRow } from './model';

/** Customers with one phone number, or one e-mail address. */
export interface DuplicateGroup {
  /** The field and the value: "phone +49301234567". */
  id: string;
  sharedField: 'phone' | 'email';
  /** The number in E.164, or the folded address. */
  value: string;
  customersCount: number;
  /** The oldest customers, at most 100. */
  customerIds: string[];
}

/** The form in which e-mail addresses are compared; null without an address. */
export function emailKey(email: string | null | undefined): string | null {
  return email == null ? null : foldText(email);
}

/** The groups of customers who share a number or an address. The order is by value unless `sort` says otherwise. */
export function listDuplicates(ctx: RequestContext, args: PageArgs): Promise<Page<DuplicateGroup>> {
  const organization = sql`c.organization_id = ${organizationOf(ctx)}::uuid`;
  return listPage<DuplicateGroup>(
    ctx.db,
    {
      select: sql`d.*`,
      from: sql`(${groups('phone', organization)} union all ${groups('email', organization)}) d`,
      where: [],
      sorts: { value: sql`d.value`, customersCount: sql`d.customers_count` },
      defaultSort: 'value',
      id: sql`d.id`,
    },
    args,
  );
}

/** The groups to which a customer belongs; those of many customers are read in one statement. */
export async function duplicatesOf(
  ctx: RequestContext,
  customer: Pick<CustomerRow, 'phoneE164' | 'email'>,
): Promise<DuplicateGroup[]> {
  const { phoneE164 } = customer;
  const email = emailKey(customer.email);
  const ids = [
    ...(phoneE164 === null ? [] : [`phone ${phoneE164}`]),
    ...(email === null ? [] : [`email ${email}`]),
  ];
  const load = loader(ctx, 'customers.duplicates', (keys) => groupsByIds(ctx, keys));
  // An earlier mutation of the same request may have made another customer of the group.
  const found = await Promise.all(ids.map((id) => load.clear(id).load(id)));
  return found.filter((group) => group !== undefined);
}

async function groupsByIds(
  ctx: RequestContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DuplicateGroup>> {
  const values = (prefix: string) =>
    ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
  const organization = sql`c.organization_id = ${organizationOf(ctx)}::uuid`;
  const phones = sql`${organization} and c.phone_e164 = any(${values('phone ')}::text[])`;
  const emails = sql`${organization} and c.email_key = any(${values('email ')}::text[])`;
  return byId(
    await ctx.db.many<DuplicateGroup>(sql`${groups('phone', phones)} union all ${groups('email', emails)}`),
  );
}

const COLUMNS = { phone: sql`c.phone_e164`, email: sql`c.email_key` };

/** A query of groups with at least two customers; the ids are read in the order of the index. */
function groups(field: DuplicateGroup['sharedField'], where: Sql): Sql {
  const column = COLUMNS[field];
  return sql`
    select ${field}::text || ' ' || ${column} as id, ${field}::text as shared_field, ${column} as value,
      count(*)::integer as customers_count, ((array_agg(c.id order by c.id))[1:100])::text[] as customer_ids
    from customers c where ${where} and ${column} is not null
    group by ${column} having count(*) > 1`;
}
