/** The configuration of deploy/nginx, by the real nginx in front of small servers: TLS, headers, upgrades, and which requests are repeated. */
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  request as plainRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { ERRORS } from '#kernel/errors';
import { readConfig } from '#kernel/config';
import { freePort } from '#test/harness/free-port';
import { describeWithNginx, startNginx, type Nginx } from '#test/harness/nginx';
import { read } from './files';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

interface Gateway {
  readonly address: string;
  readonly requests: { readonly method: string; readonly headers: IncomingMessage['headers'] }[];
  answer: RequestListener;
  stop(): Promise<void>;
}

async function startGateway(): Promise<Gateway> {
  const requests: Gateway['requests'] = [];
  const server: Server = createHttpServer((request, response) => {
    requests.push({ method: request.method!, headers: request.headers });
    gateway.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gateway: Gateway = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (_request, response) => response.end('{}'),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return gateway;
}

// These tests say that nginx is missing where they are skipped.
describeWithNginx('two gateways behind nginx (skipped without nginx)', () => {
  let gateways: Gateway[];
  let nginx: Nginx;
  let agent: Agent;
  beforeAll(async () => {
    gateways = [await startGateway(), await startGateway()];
    const [first, second] = gateways.map(({ address }) => address);
    nginx = await startNginx({
      upstream: 'two-gateways.conf',
      server: 'https.conf',
      gateways: { 'gateway-1:8000': first!, 'gateway-2:8000': second! },
    });
    agent = new Agent({ keepAlive: true, ca: nginx.certificate });
    await untilServing();
  });
  afterEach(() => {
    for (const gateway of gateways) {
      gateway.requests.length = 0;
      gateway.answer = (_request, response) => response.end('{}');
    }
  });
  afterAll(async () => {
    agent.destroy();
    await nginx.stop();
    for (const gateway of gateways) await gateway.stop();
  });

  function ask(
    method: string,
    route: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = tlsRequest(
        { host: 'localhost', port: nginx.httpsPort, method, path: route, agent, headers },
        (response) => {
          let text = '';
          response.on('data', (part) => (text += String(part)));
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, text }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  async function untilServing(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await ask('GET', '/');
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  const handshake = (version: SecureVersion) =>
    new Promise<string | null>((resolve, reject) => {
      const socket: TLSSocket = connectTls(
        {
          host: '127.0.0.1',
          port: nginx.httpsPort,
          servername: 'localhost',
          ca: nginx.certificate,
          minVersion: 'TLSv1.2',
          maxVersion: version,
        },
        () => {
          resolve(socket.getProtocol());
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });

  it('speaks TLS 1.3 and nothing older', async () => {
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
    await expect(handshake('TLSv1.2')).rejects.toThrow();
  });

  it('sends plain requests to TLS', async () => {
    const answer = await new Promise<IncomingMessage>((resolve) => {
      plainRequest(
        { port: nginx.httpPort, path: '/api/v1/status?a=1', headers: { host: 'pos.example.com' } },
        resolve,
      ).end();
    });
    answer.resume();
    expect([answer.statusCode, answer.headers.location]).toEqual([
      308,
      'https://pos.example.com/api/v1/status?a=1',
    ]);
  });

  it('names the caller and the protocol, whatever the caller claims', async () => {
    await ask('GET', '/', { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'http' });
    const { headers } = gateways.flatMap(({ requests }) => requests)[0]!;
    expect(headers).toMatchObject({
      host: 'localhost',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
    });
    expect(headers.connection).toBeUndefined();
  });

  it('adds no header to an answer of a gateway', async () => {
    for (const gateway of gateways)
      gateway.answer = (_request, response) => {
        response.sendDate = false;
        response.writeHead(200, { 'x-frame-options': 'DENY', 'content-length': '2' }).end('{}');
      };
    const { headers } = await ask('GET', '/');
    expect(Object.keys(headers).sort()).toEqual([
      'connection',
      'content-length',
      'date',
      'server',
      'x-frame-options',
    ]);
    expect(headers.server).toBe('nginx');
  });

  it('keeps metrics inside', async () => {
    expect((await ask('GET', '/metrics')).status).toBe(403);
    expect(gateways.flatMap(({ requests }) => requests)).toEqual([]);
  });

  it('takes uploads of the size that a gateway takes, and says what is larger', async () => {
    const megabytes = Number(/client_max_body_size (\d+)m;/.exec(read('deploy/nginx/proxy.conf'))![1]);
    expect(megabytes * 1024 * 1024).toBeGreaterThan(readConfig({}).uploadLimitBytes);
    const answer = await ask('POST', '/', { 'content-length': String(megabytes * 1024 * 1024 + 1) }, '');
    expect([answer.status, answer.headers['content-type']]).toEqual([413, 'application/problem+json']);
    const { PAYLOAD_TOO_LARGE: known } = ERRORS;
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', ...known });
  });

  it('sends a read again that a gateway did not answer, and a write never', async () => {
    for (const gateway of gateways) gateway.answer = (request) => void request.socket.destroy();
    const counted = (method: string) =>
      gateways.flatMap(({ requests }) => requests).filter((one) => one.method === method).length;
    const read = await ask('GET', '/');
    expect([read.status, counted('GET')]).toEqual([503, 2]);
    // Both have failed, and are tried again after two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const write = await ask('POST', '/', { 'content-type': 'application/json' }, '{}');
    expect([write.status, counted('POST')]).toEqual([503, 1]);
    expect(write.headers).toMatchObject({
      'retry-after': '1',
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    const { UNAVAILABLE: known } = ERRORS;
    expect(JSON.parse(write.text)).toMatchObject({ code: 'UNAVAILABLE', ...known });
  });
});

describeWithNginx('one gateway behind nginx (skipped without nginx)', () => {
  it('gets plain requests, and says which protocol they came by', async () => {
    const gateway = await startGateway();
    const nginx = await startNginx({
      upstream: 'one-gateway.conf',
      server: 'http.conf',
      gateways: { 'gateway:8000': gateway.address },
    });
    try {
      for (let attempt = 0; gateway.requests.length === 0 && attempt < 100; attempt += 1) {
        await fetch(`http://127.0.0.1:${nginx.httpPort}/`).catch(
          () => new Promise((resolve) => setTimeout(resolve, 50)),
        );
      }
      expect(gateway.requests[0]!.headers).toMatchObject({
        'x-forwarded-proto': 'http',
        'x-forwarded-for': '127.0.0.1',
      });
    } finally {
      await nginx.stop();
      await gateway.stop();
    }
  });

  it('answers by itself while the gateway is away', async () => {
    const nginx = await startNginx({
      upstream: 'one-gateway.conf',
      server: 'http.conf',
      gateways: { 'gateway:8000': `127.0.0.1:${await freePort()}` },
    });
    try {
      let answer: Response | undefined;
      for (let attempt = 0; !answer && attempt < 100; attempt += 1)
        answer = await fetch(`http://127.0.0.1:${nginx.httpPort}/`).catch(
          () => new Promise<undefined>((resolve) => setTimeout(resolve, 50)),
        );
      expect([answer!.status, answer!.headers.get('retry-after')]).toEqual([503, '1']);
    } finally {
      await nginx.stop();
    }
  });
});
