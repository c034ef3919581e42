/** How the pages of web/ are served: from memory, with entity tags, a strict policy, and only those that the settings name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { mountWebPages } from '#gateway/http/pages';
import { testConfig } from '#test/harness/test-config';

const folder = mkdtempSync(path.join(tmpdir(), 'pospro-pages-'));
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
};
const apps: FastifyInstance[] = [];

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  rmSync(folder, { recursive: true });
});

function serve(env: Record<string, string>, from = folder): FastifyInstance {
  const app = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  mountWebPages(app, { config: testConfig(env), folder: from });
  apps.push(app);
  return app;
}

describe('built pages', () => {
  beforeAll(() => {
    write('dashboard/index.html', '<!doctype html><title>Dashboard</title>');
    write('till/index.html', '<!doctype html><title>Till</title>');
    write('till/sw.js', 'self');
    write('assets/till-1a2b.js', 'export {};');
    write('assets/notes.txt', 'not served');
  });

  it('are revalidated by their entity tags', async () => {
    const app = serve({});
    const first = await app.inject('/dashboard');
    expect([first.statusCode, first.body]).toEqual([200, '<!doctype html><title>Dashboard</title>']);
    expect(first.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      etag: expect.stringMatching(/^"[\w-]{27}"$/) as string,
    });
    const again = await app.inject({ url: '/dashboard/', headers: { 'if-none-match': first.headers.etag } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('may load their own files alone, and no inline script or style', async () => {
    const { headers } = await serve({}).inject('/till');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:/);
  });

  it('have files that a browser keeps for ever, because their names change with them', async () => {
    const app = serve({});
    const { statusCode, headers } = await app.inject('/assets/till-1a2b.js');
    expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await app.inject('/assets/notes.txt')).statusCode).toBe(404);
    expect((await app.inject('/assets/..%2ftill%2findex.html')).statusCode).toBe(404);
  });

  it('may have a service worker for the page itself', async () => {
    const { headers } = await serve({}).inject('/till/sw.js');
    expect(headers).toMatchObject({ 'service-worker-allowed': '/till', 'cache-control': 'no-cache' });
  });

  it('are those that PAGES names', async () => {
    const app = serve({ PAGES: 'till', DEMO: 'false' });
    expect((await app.inject('/till')).statusCode).toBe(200);
    expect((await app.inject('/dashboard')).statusCode).toBe(404);
    expect((await app.inject('/pages.json')).json()).toEqual({ pages: ['till'], demo: null });
    const none = serve({ PAGES: 'none' });
    expect((await none.inject('/till')).statusCode).toBe(404);
    expect((await none.inject('/pages.json')).statusCode).toBe(404);
  });

  it('show the logins of the demo shop, and only there', async () => {
    const { demo } = (await serve({ DEMO: 'true' }).inject('/pages.json')).json<{
      demo: { emails: string[] };
    }>();
    expect(demo.emails).toContain('manager@pospro.com');
    const shop = await serve({ DEMO: 'false' }).inject('/pages.json');
    expect(shop.json()).toMatchObject({ demo: null });
  });
});

it('a page that is not built says how to build it, and is served once it is', async () => {
  const empty = path.join(folder, 'later');
  const app = serve({}, empty);
  const missing = await app.inject('/dashboard');
  expect(missing.statusCode).toBe(503);
  expect(missing.body).toContain('npm run build:web');
  write('later/dashboard/index.html', '<!doctype html>');
  expect((await app.inject('/dashboard')).statusCode).toBe(200);
});

it.each([
  ['tills', 'PAGES has "tills"; it must be none, or some of dashboard, till, docs'],
  ['none,till', 'PAGES has "none"; it must be none, or some of dashboard, till, docs'],
])('PAGES=%s is an error that names the pages', (pages, message) => {
  expect(() => testConfig({ PAGES: pages })).toThrow(message);
});
