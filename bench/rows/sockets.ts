/** Thousands of sockets that hear of one sale. */
import { request } from 'undici';
import { WebSocket } from 'ws';
import { openLoad } from '../load';
import { startBare, startPlatform, type MeasuredProcess } from '../processes/child';
import { rssMb } from '../processes/proc';
import type { Bench, Figures, Row, RowResult } from '../row';
import { percentile } from '../statistics';
import { bareCheckout, oursCheckout } from './till';

/** Numbers of sockets, with the largest 99th percentile of each in milliseconds. */
const SIZES = [
  { sockets: 5_000, p99Ms: 353 },
  { sockets: 10_000, p99Ms: 500 },
];
/** PosPro allows 50 for each API key. */
const SOCKETS_A_KEY = 50;
const OPENED_AT_ONCE = 100;
const EVENTS = 5;
const EVENT_LIMIT_MS = 30_000;
const KB_A_MB = 1024;
const MEMORY = 'memory of a socket, kB';

/** Opens one socket. @param onEvent is called for each event that it receives. */
type Connect = (process: MeasuredProcess, index: number, onEvent: () => void) => Promise<WebSocket>;

interface Side {
  readonly figures: Figures;
  readonly socketKb: number;
}

export const sockets: Row = {
  name: 'sockets',
  async measure(bench) {
    const results: RowResult[] = [];
    for (const size of SIZES) results.push(await measureSize(bench, size));
    return results;
  },
};

async function measureSize(
  bench: Bench,
  { sockets: count, p99Ms }: (typeof SIZES)[number],
): Promise<RowResult> {
  const platform = await startPlatform(bench.databaseUrl, bench.dataDir);
  const prepare = (process: MeasuredProcess) => oursConnect(process, bench, count);
  const ours = await measureSide(platform, count, oursCheckout(bench), prepare);
  const bareServer = await startBare(bench.databaseUrl);
  const bare = await measureSide(bareServer, count, bareCheckout(bench), () => Promise.resolve(bareConnect));
  return {
    name: `sockets-${count}`,
    title: `${count.toLocaleString('en')} sockets, one sale: from its request to each socket`,
    clients: count,
    unit: 'events',
    ours: ours.figures,
    bare: bare.figures,
    more: { [MEMORY]: ours.socketKb, [`${MEMORY}, bare`]: bare.socketKb },
    targets: [
      { figure: 'p99Ms', maximum: p99Ms },
      { figure: MEMORY, maximum: 36 },
    ],
  };
}

async function measureSide(
  process: MeasuredProcess,
  count: number,
  checkout: Parameters<typeof openLoad>[2],
  prepare: (process: MeasuredProcess) => Promise<Connect>,
): Promise<Side> {
  const opened: WebSocket[] = [];
  // Called for each event at each socket.
  let onEvent: () => void = () => undefined;
  try {
    const connect = await prepare(process);
    const load = openLoad(process.url, 1, checkout);
    await load.send(1);
    const before = rssMb(process.pid) ?? NaN;
    for (let first = 0; first < count; first += OPENED_AT_ONCE) {
      const batch = Array.from({ length: OPENED_AT_ONCE }, (_, at) =>
        connect(process, first + at, () => onEvent()),
      );
      opened.push(...(await Promise.all(batch)));
    }
    const socketKb = (((rssMb(process.pid) ?? NaN) - before) * KB_A_MB) / count;
    const durations: number[] = [];
    for (let event = 0; event < EVENTS; event += 1) {
      const arrivals = arrivalsOf(count, (listener) => (onEvent = listener));
      const start = performance.now();
      await load.send(1);
      durations.push(...(await arrivals).map((moment) => moment - start));
    }
    await load.close();
    const figures = {
      p50Ms: percentile(durations, 0.5),
      p95Ms: percentile(durations, 0.95),
      p99Ms: percentile(durations, 0.99),
    };
    return { figures, socketKb };
  } finally {
    for (const socket of opened) socket.terminate();
    await process.stop();
  }
}

/** The moments of so many events. @throws Error if they take too long. */
function arrivalsOf(count: number, listen: (listener: () => void) => void): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const moments: number[] = [];
    const timer = setTimeout(
      () => reject(new Error(`${moments.length} of ${count} sockets received the event.`)),
      EVENT_LIMIT_MS,
    );
    listen(() => {
      moments.push(performance.now());
      if (moments.length < count) return;
      clearTimeout(timer);
      resolve(moments);
    });
  });
}

/** Makes the API keys. */
async function oursConnect({ url }: MeasuredProcess, { token }: Bench, count: number): Promise<Connect> {
  const keys: string[] = [];
  for (let made = 0; made < count / SOCKETS_A_KEY; made += 1) {
    const { body } = await request(`${url}/api/v1/auth/api-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Socket ${made}`, permissions: ['orders:read'] }),
    });
    keys.push(((await body.json()) as { key: string }).key);
  }
  return (process, index, onEvent) => subscribe(process, keys[Math.floor(index / SOCKETS_A_KEY)]!, onEvent);
}

const SUBSCRIPTION = 'subscription { saleCompleted { orderId number total } }';

function subscribe(process: MeasuredProcess, key: string, onEvent: () => void): Promise<WebSocket> {
  const socket = openSocket(process, '/graphql', 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code, reason) =>
      reject(new Error(`A socket was closed with ${code} ${reason.toString()}.`)),
    );
    socket.on('open', () => send({ type: 'connection_init', payload: { Authorization: `Bearer ${key}` } }));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string };
      if (message.type === 'next') onEvent();
      if (message.type === 'error') reject(new Error(data.toString()));
      // The answer to a ping comes after the subscription has been opened.
      if (message.type === 'pong') resolve(socket);
      if (message.type !== 'connection_ack') return;
      send({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } });
      send({ type: 'ping' });
    });
  });
}

const bareConnect: Connect = (process, _index, onEvent) => {
  const socket = openSocket(process, '/');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => resolve(socket));
    socket.on('message', onEvent);
  });
};

function openSocket({ url }: MeasuredProcess, path: string, protocol?: string): WebSocket {
  return new WebSocket(url.replace('http', 'ws') + path, protocol, { perMessageDeflate: false });
}
