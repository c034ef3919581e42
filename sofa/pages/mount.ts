/** The pages for people: Swagger UI, Redoc, and an index. Every byte comes from here, so they work without the internet. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { version } from '../../package.json';
import { entityTag, isHeld } from '../answer';

/** Nothing from elsewhere; both viewers style their elements in line, and Redoc searches in a worker made from a blob. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** What `/` tells a program. */
const INDEX = {
  name: 'PosPro',
  version,
  graphql: '/graphql',
  rest: '/api/v1',
  openapi: '/openapi.json',
  docs: '/docs',
  redoc: '/redoc',
  health: '/health',
};

/** @param openApi the document as JSON text; asked for on the first request. */
export async function mountPages(app: FastifyInstance, openApi: () => string): Promise<void> {
  await mountAssets(app, '/docs/assets/', 'swagger-ui-dist/package.json', '.', [
    'swagger-ui.css',
    'swagger-ui-bundle.js',
    'favicon-32x32.png',
  ]);
  mountText(app, ['/redoc/assets/redoc.standalone.js'], redocBundle(), '.js', 'public, max-age=86400');
  mountPage(app, ['/docs', '/docs/'], 'docs.html');
  mountPage(app, ['/docs/docs.js'], 'docs.js');
  mountPage(app, ['/docs/docs.css'], 'docs.css');
  mountPage(app, ['/redoc', '/redoc/'], 'redoc.html');
  mountPage(app, ['/redoc/redoc.js'], 'redoc.js');
  mountPage(app, ['/redoc/redoc.css'], 'redoc.css');
  let document: Tagged | undefined;
  app.get('/openapi.json', (request, reply) => {
    document ??= tagged(openApi());
    reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache');
    return sendTagged(reply, 'application/json', document, request.headers['if-none-match']);
  });
  app.get('/', (request, reply) => {
    // A person wants the page; a program that asks for JSON wants to know where things are.
    if (request.headers.accept?.includes('text/html')) return reply.redirect('/docs', 302);
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(INDEX));
  });
}

/** Serves chosen files of an installed package, and no others. */
async function mountAssets(app: FastifyInstance, prefix: string, manifest: string, folder: string, files: readonly string[]) {
  const root = path.join(path.dirname(require.resolve(manifest)), folder);
  const allowed = new Set(files.map((file) => `/${file}`));
  await app.register(fastifyStatic, {
    root,
    prefix,
    decorateReply: false,
    index: false,
    maxAge: '1d',
    allowedPath: (pathName) => allowed.has(pathName),
  });
}

/**
 * Redoc without the one thing that it would fetch from the internet: its maker's mark, which the page may not load and which would
 * stand in the browser's console as a breach of its policy. An image without data is taken off the page by Redoc itself.
 */
function redocBundle(): string {
  const bundle = path.join(path.dirname(require.resolve('redoc/package.json')), 'bundles', 'redoc.standalone.js');
  return readFileSync(bundle, 'utf8').replaceAll('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,');
}

function mountPage(app: FastifyInstance, urls: readonly string[], file: string): void {
  mountText(app, urls, readFileSync(path.join(__dirname, file), 'utf8'), path.extname(file), 'no-cache');
}

function mountText(app: FastifyInstance, urls: readonly string[], text: string, extension: string, cacheControl: string): void {
  const page = tagged(text);
  const type = TYPES[extension]!;
  for (const url of urls) {
    app.get(url, (request, reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY).header('x-content-type-options', 'nosniff');
      return sendTagged(reply.header('cache-control', cacheControl), type, page, request.headers['if-none-match']);
    });
  }
}

/** A text with its entity tag, which is worked out once. */
interface Tagged {
  readonly text: string;
  readonly tag: string;
}

function tagged(text: string): Tagged {
  return { text, tag: entityTag(text) };
}

function sendTagged(reply: FastifyReply, type: string, { text, tag }: Tagged, ifNoneMatch: string | undefined): FastifyReply {
  reply.header('etag', tag);
  return isHeld(tag, ifNoneMatch) ? reply.code(304).send() : reply.type(`${type}; charset=utf-8`).send(text);
}
