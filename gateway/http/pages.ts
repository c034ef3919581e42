/**
 * The pages of web/: `/dashboard` and `/till`. `npm run build:web` writes their files; they are read once and served from memory, so
 * that no path of a request leads to a file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#kernel/config';
import { entityTag, isHeld } from '#kernel/entity-tag';
import { PosProError } from '#kernel/errors';
import { DEMO_LOGINS } from '../demo-logins';

/** The pages that come from web/, by their setting. */
const WEB_PAGES = ['dashboard', 'till'] as const;

/** Own files alone: no other host, no inline script, no inline style. `'self'` covers the sockets of this server, too. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

interface PageFile {
  readonly content: Buffer;
  readonly tag: string;
  readonly type: string;
}

/** The folder of the built files, in the sources as in the build. */
const BUILT = path.join(__dirname, '../../web/dist');

export interface PageOptions {
  readonly config: Pick<Config, 'pages' | 'demo'>;
  /** The folder of the built files. Optional; defaults to web/dist. */
  readonly folder?: string;
}

/**
 * Mounts each page that the setting PAGES names, with its files: `/<page>` is its index.html, `/assets/…` are files with a hash in their
 * names, `/<page>/…` its others, such as a service worker. `/pages.json` says which pages there are, and the logins of the demo shop.
 */
export function mountWebPages(app: FastifyInstance, options: PageOptions): void {
  const { config, folder = BUILT } = options;
  const pages = WEB_PAGES.filter((page) => config.pages.includes(page));
  const files = builtFiles(folder);
  // A page has several files; only the operations that it sends count towards the rate limit.
  const uncounted = { config: { uncounted: true } } as const;
  for (const page of pages) {
    app.get(`/${page}`, uncounted, async (request, reply) => {
      const file = (await files()).get(`${page}/index.html`);
      if (!file) throw notBuilt(page);
      return send(request, reply, file, 'no-cache');
    });
    app.get<{ Params: { file: string } }>(`/${page}/:file`, uncounted, async (request, reply) => {
      const file = (await files()).get(`${page}/${request.params.file}`);
      if (!file) throw new PosProError('NOT_FOUND', `There is nothing at /${page}/${request.params.file}.`);
      // A service worker may control the page itself, whose address has no slash at its end.
      return send(request, reply.header('service-worker-allowed', `/${page}`), file, 'no-cache');
    });
  }
  if (pages.length === 0) return;
  app.get<{ Params: { file: string } }>('/assets/:file', uncounted, async (request, reply) => {
    const file = (await files()).get(`assets/${request.params.file}`);
    if (!file) throw new PosProError('NOT_FOUND', `There is nothing at /assets/${request.params.file}.`);
    return send(request, reply, file, 'public, max-age=31536000, immutable');
  });
  const about = JSON.stringify({ pages, demo: config.demo ? DEMO_LOGINS : null });
  app.get('/pages.json', uncounted, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(about),
  );
}

/** The texts of the operations that the pages send; none if they are not built. */
export function pageDocuments(folder = BUILT): string[] {
  const file = path.join(folder, 'documents.graphql');
  return existsSync(file) ? [readFileSync(file, 'utf8')] : [];
}

function notBuilt(page: string): PosProError {
  return new PosProError('UNAVAILABLE', `The page /${page} is not built. Run "npm run build:web".`);
}

/** Reads the built files once, by their paths in the folder. Until there are some, each call looks again. */
function builtFiles(folder: string): () => Promise<ReadonlyMap<string, PageFile>> {
  let read: Promise<ReadonlyMap<string, PageFile>> | undefined;
  return async () => {
    read ??= readFiles(folder);
    const files = await read;
    if (files.size === 0) read = undefined;
    return files;
  };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = new Map<string, PageFile>();
  for (const name of names) {
    const type = TYPES[path.extname(name)];
    if (type === undefined) continue;
    const content = await readFile(path.join(folder, name));
    files.set(name.replaceAll(path.sep, '/'), { content, tag: entityTag(content), type });
  }
  return files;
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { content, tag, type }: PageFile,
  cacheControl: string,
): FastifyReply {
  reply
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    .header('cache-control', cacheControl)
    .header('etag', tag);
  return isHeld(tag, request.headers['if-none-match'])
    ? reply.code(304).send()
    : reply.type(type).send(content);
}
