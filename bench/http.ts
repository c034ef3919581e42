/**
 * How many requests a second the whole platform answers, over REST and over GraphQL: `npx tsx bench/http.ts [seconds]`. On the demo
 * shop, with eight connections from the same process. The baseline is a bare Fastify that sends the very same bytes from memory, so
 * the share says what authentication, planning, resolving and the database leave of the machine.
 */
import fastify from 'fastify';
import { Pool } from 'undici';
import { seedDemo } from '#demo/index';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { runBench } from './database';

const seconds = Number(process.argv[2] ?? 3);
const CONNECTIONS = 8;
const WARM_UP_MS = 1_000;
const DEMO_DAYS = 7;

interface Question {
  title: string;
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

const graphql = (title: string, query: string): Question => ({
  title,
  method: 'POST',
  path: '/graphql',
  body: JSON.stringify({ query }),
});

const QUESTIONS: readonly Question[] = [
  { title: 'ping', method: 'GET', path: '/api/v1/ping' },
  { title: 'scan a barcode', method: 'GET', path: '/api/v1/pos/scan/123456789' },
  { title: 'list 20 products', method: 'GET', path: '/api/v1/products?size=20' },
  graphql('20 products with their stock (2 subgraphs)', '{ products(size: 20) { items { id name price category { name } stock { available } } } }'),
  graphql(
    '10 orders with lines, products, stock, payments (4 subgraphs)',
    '{ orders(size: 10) { items { number total payments { method amount } items { name total product { id name stock { available } } } } } }',
  ),
]; // prettier-ignore

async function signIn(shop: TestPlatform): Promise<string> {
  const body = { email: 'admin@pospro.com', password: 'secure123' };
  const { body: answer } = await shop.rest('POST', '/api/v1/auth/login', { body });
  return (answer as { access_token: string }).access_token;
}

/** Requests a second, and the bytes of the last answer. @throws Error for any answer but 200. */
async function rate(
  url: string,
  { method, path, body }: Question,
  token: string,
): Promise<{ perSecond: number; bytes: string }> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let bytes = '';
  const turn = async (until: number): Promise<number> => {
    let done = 0;
    const lane = async () => {
      while (performance.now() < until) {
        const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
        bytes = await answer.body.text();
        if (answer.statusCode !== 200 || bytes.includes('"errors"'))
          throw new Error(`${path}: ${answer.statusCode} ${bytes}`);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
    return done;
  };
  await turn(performance.now() + WARM_UP_MS);
  const start = performance.now();
  const done = await turn(start + seconds * 1000);
  await pool.close();
  return { perSecond: (done * 1000) / (performance.now() - start), bytes };
}

/** A server that knows nothing and answers always the same. */
async function bare(question: Question, bytes: string): Promise<number> {
  const server = fastify();
  const url = question.path.split('?')[0]!;
  server.route({
    method: question.method,
    url,
    handler: (_request, reply) => reply.type('application/json').send(bytes),
  });
  const { perSecond } = await rate(await server.listen({ port: 0, host: '127.0.0.1' }), question, '');
  await server.close();
  return perSecond;
}

runBench(async () => {
  const shop = await startTestPlatform({
    env: { DEMO: 'true', DATABASE_POOL_SIZE: '10' },
    seedDemo: (services) => seedDemo(services, undefined, DEMO_DAYS),
  });
  try {
    const token = await signIn(shop);
    for (const question of QUESTIONS) {
      const { perSecond, bytes } = await rate(shop.url, question, token);
      const plain = await bare(question, bytes);
      const share = ((perSecond / plain) * 100).toFixed(0);
      console.log(
        `${question.title}: ${perSecond.toFixed(0)} a second; bare Fastify ${plain.toFixed(0)}; ${share} % of it (${bytes.length} bytes)`,
      );
    }
  } finally {
    await shop.stop();
  }
});
