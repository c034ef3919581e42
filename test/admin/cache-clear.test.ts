/** Clearing caches: by domain, in every process, and in the caller's organization alone unless it operates the platform. */
import { sql } from '#kernel/db/database';
import { subgraphs } from '#subgraphs/list';
import { clearCache, followCacheClearing } from '#subgraphs/admin/caches';
import { Caches } from '#kernel/cache';
import { createOwner, signedInOwner } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { statementsOf } from '#test/harness/statements';

let platform: TestPlatform;
/** Operates the platform: its organization is the first. */
let operator: string;
let stranger: Awaited<ReturnType<typeof signedInOwner>>;
beforeAll(async () => {
  platform = await startTestPlatform();
  ({ token: operator } = await signedInOwner(platform.services));
  stranger = await signedInOwner(platform.services);
});
afterAll(() => platform.stop());

const clear = (token: string, body?: object) =>
  platform.rest('POST', '/api/v1/admin/cache/clear', { token, ...(body && { body }) });
const count = (answer: { body: never }) => {
  const { cleared, domains } = answer.body as {
    cleared: number;
    domains: { domain: string; cleared: number }[];
  };
  return { cleared, domains: domains.filter((one) => one.cleared > 0) };
};
/** Fills a cache of the domains orders and analytics. */
async function fill(token: string): Promise<void> {
  for (const path of ['/orders/stats/daily', '/analytics/products/top'])
    expect((await platform.rest('GET', `/api/v1${path}`, { token })).status).toBe(200);
}

it('X6: clears one domain, and answers the number of entries', async () => {
  await fill(stranger.token);
  expect(count(await clear(stranger.token, { domains: ['analytics'] }))).toEqual({
    cleared: 1,
    domains: [{ domain: 'analytics', cleared: 1 }],
  });
  expect(count(await clear(stranger.token, { domains: ['orders', 'analytics', 'orders'] }))).toEqual({
    cleared: 1,
    domains: [{ domain: 'orders', cleared: 1 }],
  });
  await fill(stranger.token);
  expect(count(await clear(stranger.token)).domains).toEqual([
    { domain: 'analytics', cleared: 1 },
    { domain: 'orders', cleared: 1 },
  ]);
});

it('X6: clears the caches of the own organization; those of all for the one that operates the platform', async () => {
  await clear(operator);
  await fill(operator);
  await fill(stranger.token);
  expect(count(await clear(stranger.token, { domains: ['analytics'] })).cleared).toBe(1);
  await fill(stranger.token);
  expect(count(await clear(operator, { domains: ['analytics'] })).cleared).toBe(2);
});

it('serves a cleared value again from the database', async () => {
  const top = () => platform.rest('GET', '/api/v1/analytics/products/top', { token: stranger.token });
  await top();
  const reads = async () =>
    (await statementsOf(top)).filter(({ text }) => /(order|report)_day_items/.test(text));
  expect(await reads()).toEqual([]);
  await clear(stranger.token, { domains: ['analytics'] });
  expect(await reads()).toHaveLength(1);
});

it('X6: rejects an unknown domain, and names the known ones', async () => {
  const answer = await clear(operator, { domains: ['analytics', 'stock'] });
  const { code, errors } = answer.body as { code: string; errors: { field: string; message: string }[] };
  expect([answer.status, code, errors.map(({ field }) => field)]).toEqual([
    422,
    'VALIDATION_FAILED',
    ['domains.1'],
  ]);
  for (const { name } of subgraphs) expect(errors[0]!.message).toContain(name);
  expect((await clear(operator, { domains: [] })).body).toEqual({ cleared: 0, domains: [] });
});

it('reaches the other processes by its event, with the same bounds', async () => {
  const { services } = platform;
  const { ctx } = await createOwner(platform);
  const { organizationId } = ctx.db;
  const other = { ...services, caches: new Caches(services.clock, services.bus) };
  const caches = ['orders', 'pos'].map((domain) =>
    other.caches.of<string>({ name: `of ${domain}`, domain, maxSize: 10, lifetimeMs: 60_000, drops: [] }),
  );
  for (const cache of caches)
    await cache.read(
      ctx.db,
      'key',
      async () => (await ctx.db.one<{ text: string }>(sql`select 'text' as text`)).text,
    );
  const stranged = { organizationId: stranger.owner.organizationId } as typeof ctx.db;
  caches[0]!.keeping(stranged)({ value: 'theirs', keys: ['key'] });
  const stop = followCacheClearing(other);
  await clearCache(ctx, ['orders', 'pos'], { domains: ['orders'] });
  await eventually(() => caches[0]!.get(organizationId, 'key') === undefined);
  expect(caches[1]!.get(organizationId, 'key')).toBe('text');
  expect(caches[0]!.get(stranged.organizationId, 'key')).toBe('theirs');
  stop();
});
