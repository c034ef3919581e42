/** The language of a request: that of `Accept-Language` among the languages of the caller's organization. */
import { organizationOf } from '#kernel/auth/access';
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { organizationChanged } from '#subgraphs/auth/index';
import { languageChanged } from '../events';
import { chooseLanguage, fallbackChain, type LanguageFallback } from './language-match.rules';

/** The languages of an organization. */
export interface OrganizationLanguages {
  readonly defaultLanguage: string;
  readonly others: readonly LanguageFallback[];
}

const LANGUAGES: CacheDefinition<OrganizationLanguages> = {
  name: 'languages',
  domain: 'i18n',
  maxSize: 10_000,
  lifetimeMs: 3_600_000,
  drops: [droppedBy(languageChanged), droppedBy(organizationChanged)],
};

/** The languages of the connection's organization. One statement. */
export async function readLanguages(db: Queryable): Promise<OrganizationLanguages> {
  const { defaultLanguage, codes, fallbacks } = await db.one<{
    defaultLanguage: string;
    codes: string[];
    fallbacks: (string | null)[];
  }>(sql`
    select o.default_language, coalesce(l.codes, '{}') as codes, coalesce(l.fallbacks, '{}') as fallbacks from organizations o
    cross join (select array_agg(l.code order by l.code) as codes, array_agg(l.fallback order by l.code) as fallbacks from languages l) l
    where o.id = ${db.organizationId}::uuid`);
  const others = codes.map((code, index) => ({ code, fallback: fallbacks[index] ?? null }));
  return { defaultLanguage, others: others.filter(({ code }) => code !== defaultLanguage) };
}

/** The language of a request, with the languages in which a text is looked for; the last one is the default language. */
export interface RequestLanguage {
  readonly code: string;
  readonly chain: readonly string[];
}

const KEY = 'i18n.requestLanguage';

/**
 * The language of a request. It is chosen once; with the languages of the organization in the cache, at once.
 * The answer gets the header `Content-Language`. Undefined for a request that names no language.
 */
export function requestLanguage(ctx: RequestContext): RequestLanguage | undefined | Promise<RequestLanguage> {
  const { acceptLanguage } = ctx.request;
  if (acceptLanguage === undefined || ctx.actor.kind === 'anonymous') return undefined;
  const known = ctx.loaders.get(KEY) as RequestLanguage | Promise<RequestLanguage> | undefined;
  if (known !== undefined) return known;
  const cached = ctx.caches.of(LANGUAGES).get(organizationOf(ctx), 'all');
  if (cached) return keep(ctx, cached);
  const reading = ctx.caches
    .of(LANGUAGES)
    .read(ctx.db, 'all', () => readLanguages(ctx.db))
    .then((languages) => keep(ctx, languages));
  ctx.loaders.set(KEY, reading);
  return reading;
}

function keep(ctx: RequestContext, { defaultLanguage, others }: OrganizationLanguages): RequestLanguage {
  const available = [defaultLanguage, ...others.map(({ code }) => code)];
  const code = chooseLanguage(ctx.request.acceptLanguage!, available, defaultLanguage);
  const language = { code, chain: fallbackChain(code, others, defaultLanguage) };
  ctx.loaders.set(KEY, language);
  ctx.reply.headers = { ...ctx.reply.headers, 'content-language': code };
  return language;
}
