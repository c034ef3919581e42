/**
 * GraphiQL for browsers on `/graphql`. All files are served locally, so it works without the internet: the
 * editor is the build of @graphql-yoga/render-graphiql; our small part (page.js) is bundled with the WebSocket
 * client on the first request.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PosProError } from '#kernel/errors';
import { readPageScript } from './page-script';

/**
 * The content security policy of the page: its own scripts, and connections to this server. The editor uses
 * inline styles.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const FOLDER = '/graphql/assets';
/** The labels of the editor's workers, and their files. */
const WORKERS = {
  editorWorkerService: 'editor.worker.js',
  json: 'json.worker.js',
  graphql: 'graphql.worker.js',
} as const;

interface Page {
  readonly html: string;
  /** Texts by file name. */
  readonly assets: Readonly<Record<string, string>>;
}

/** Mounts the files of the page. @returns the handler of the page itself. */
export function mountGraphiQL(app: FastifyInstance): (reply: FastifyReply) => Promise<FastifyReply> {
  let made: Promise<Page> | undefined;
  const page = () => (made ??= makePage());
  app.get(`${FOLDER}/:file`, async (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
    const { file } = request.params;
    const { assets } = await page();
    if (!Object.hasOwn(assets, file))
      throw new PosProError('NOT_FOUND', `There is nothing at ${FOLDER}/${file}.`);
    // The name of a file includes its hash, so a browser never needs to request it again.
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type(file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8')
      .send(assets[file]);
  });
  return async (reply) => {
    const { html } = await page();
    return reply
      .header('content-security-policy', POLICY)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html);
  };
}

async function makePage(): Promise<Page> {
  // Loaded on the first request: it has nine megabytes, and most processes never need it.
  const [editor, script] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    readPageScript(),
  ]);
  const assets = {
    'graphiql.css': editor.css,
    'graphiql.js': editor.js,
    'page.js': script,
    [WORKERS.editorWorkerService]: editor.editorWorkerService,
    [WORKERS.json]: editor.jsonWorker,
    [WORKERS.graphql]: editor.graphqlWorker,
  };
  return { html: htmlOf(assets), assets };
}

function htmlOf(assets: Readonly<Record<string, string>>): string {
  const href = (file: string) => {
    const version = createHash('sha256').update(assets[file]!).digest('base64url').slice(0, 12);
    return `${FOLDER}/${file}?v=${version}`;
  };
  const workers = Object.entries(WORKERS).map(
    ([label, file]) => `<link data-worker="${label}" href="${href(file)}" />`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>PosPro GraphiQL</title>
    <link rel="icon" href="/docs/assets/favicon-32x32.png" />
    <link rel="stylesheet" href="${href('graphiql.css')}" />
    ${workers.join('\n    ')}
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="${href('graphiql.js')}"></script>
    <script src="${href('page.js')}"></script>
  </body>
</html>
`;
}
