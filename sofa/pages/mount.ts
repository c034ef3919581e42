/**
 * The pages for people: Swagger UI, Redoc, and an index. All files are served locally, so they work without the
 * internet.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { version } from '../../package.json';
import { entityTag, isHeld } from '#kernel/entity-tag';

/**
 * The content security policy: no external sources; both viewers use inline styles, and Redoc searches in a
 * worker made from a blob.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
};

/** The answer of `/` to a program. */
const INDEX = {
  name: 'PosPro',
  version,
  graphql: '/graphql',
  rest: '/api/v1',
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
  postman: '/postman.json',
  docs: '/docs',
  redoc: '/redoc',
  health: '/health',
};

/**
 * The files of an installed package that the pages need; each has its own route, so that no path leads to
 * another file.
 */
const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const A_DAY = 'public, max-age=86400';

export interface PageOptions {
  /** Whether /docs and /redoc are served. */
  readonly docs: boolean;
  /** The path to which `/` leads a browser; undefined means that a browser gets the addresses, as a program does. */
  readonly start: string | undefined;
}

/**
 * @param documents each returns a document as JSON text, by its path; called on the first request.
 * @param pages optional; defaults to all, and a browser is led to /docs.
 */
export function mountPages(
  app: FastifyInstance,
  documents: Readonly<Record<string, () => string>>,
  pages: PageOptions = { docs: true, start: '/docs' },
): void {
  if (pages.docs) mountDocs(app);
  for (const [url, make] of Object.entries(documents)) mountDocument(app, url, make);
  const index = pages.docs ? INDEX : { ...INDEX, docs: undefined, redoc: undefined };
  app.get('/', (request, reply) => {
    // A browser gets the page; a program that accepts JSON gets the addresses.
    if (pages.start !== undefined && request.headers.accept?.includes('text/html'))
      return reply.redirect(pages.start, 302);
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(index));
  });
}

function mountDocument(app: FastifyInstance, url: string, make: () => string): void {
  let document: Tagged | undefined;
  app.get(url, (request, reply) => {
    document ??= tagged(make());
    reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache');
    return sendTagged(reply, 'application/json; charset=utf-8', document, request.headers['if-none-match']);
  });
}

function mountDocs(app: FastifyInstance): void {
  const swagger = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  for (const file of SWAGGER_FILES) {
    const read = () => readFileSync(path.join(swagger, file));
    mountFile(app, `/docs/assets/${file}`, read, path.extname(file), A_DAY);
  }
  mountFile(app, '/redoc/assets/redoc.standalone.js', redocBundle, '.js', A_DAY);
  mountPage(app, '/docs', 'docs.html');
  mountPage(app, '/docs/docs.js', 'docs.js');
  mountPage(app, '/docs/docs.css', 'docs.css');
  mountPage(app, '/redoc', 'redoc.html');
  mountPage(app, '/redoc/redoc.js', 'redoc.js');
  mountPage(app, '/redoc/redoc.css', 'redoc.css');
}

/**
 * Redoc without its only external resource: its vendor's logo, which the policy forbids and which would cause
 * an error in the browser's console. Redoc itself removes an image without data.
 */
function redocBundle(): string {
  const bundle = path.join(
    path.dirname(require.resolve('redoc/package.json')),
    'bundles',
    'redoc.standalone.js',
  );
  return readFileSync(bundle, 'utf8').replaceAll('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,');
}

function mountPage(app: FastifyInstance, url: string, file: string): void {
  mountFile(app, url, () => readFileSync(path.join(__dirname, file)), path.extname(file), 'no-cache');
}

/** Mounts a file that is read with its first request: together they have four megabytes, and few processes show pages. */
function mountFile(
  app: FastifyInstance,
  url: string,
  read: () => string | Buffer,
  extension: string,
  cacheControl: string,
): void {
  let page: Tagged | undefined;
  const type = TYPES[extension]!;
  app.get(url, (request, reply) => {
    page ??= tagged(read());
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('x-content-type-options', 'nosniff');
    return sendTagged(
      reply.header('cache-control', cacheControl),
      type,
      page,
      request.headers['if-none-match'],
    );
  });
}

/** A served file, with its entity tag, which is computed once. */
interface Tagged {
  readonly content: string | Buffer;
  readonly tag: string;
}

function tagged(content: string | Buffer): Tagged {
  return { content, tag: entityTag(content) };
}

function sendTagged(
  reply: FastifyReply,
  type: string,
  { content, tag }: Tagged,
  ifNoneMatch: string | undefined,
): FastifyReply {
  reply.header('etag', tag);
  return isHeld(tag, ifNoneMatch) ? reply.code(304).send() : reply.type(type).send(content);
}
