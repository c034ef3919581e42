/** Sockets of clients in a process of their own, which can be stopped or killed with all of them: `fork`, with the options as its argument. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

export interface SocketClientsOptions {
  readonly url: string;
  /** API keys, which take turns. */
  readonly keys: readonly string[];
  readonly count: number;
  readonly subscription: string;
}

/** Messages to the parent. */
export type FromSocketClients = { readonly ready: true } | { readonly heard: number };
/** Messages to the clients: whether they read on, and the question for the number of events that they have received. */
export type ToSocketClients = 'pause' | 'heard?';

const OPENED_AT_ONCE = 50;

let heard = 0;
const sockets: WebSocket[] = [];
const tell = (message: FromSocketClients) => process.send!(message);

function connect({ url, keys, subscription }: SocketClientsOptions, index: number): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  const send = (message: object) => socket.send(JSON.stringify(message));
  const payload = { Authorization: `Bearer ${keys[index % keys.length]!}` };
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason.toString()}`)));
    socket.on('open', () => send({ type: 'connection_init', payload }));
    socket.on('message', (data: Buffer) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type === 'next') heard += 1;
      if (type === 'error') reject(new Error(data.toString()));
      // The answer to a ping comes after the subscription has been opened.
      if (type === 'pong') resolve(socket);
      if (type !== 'connection_ack') return;
      send({ id: '1', type: 'subscribe', payload: { query: subscription } });
      send({ type: 'ping' });
    });
  });
}

async function main(options: SocketClientsOptions): Promise<void> {
  process.on('message', (message: ToSocketClients) => {
    if (message === 'pause') for (const socket of sockets) socket.pause();
    else tell({ heard });
  });
  // The end of the parent is the end of the clients.
  process.on('disconnect', () => process.exit());
  while (sockets.length < options.count) {
    const more = Math.min(OPENED_AT_ONCE, options.count - sockets.length);
    const opening = Array.from({ length: more }, (_, at) => connect(options, sockets.length + at));
    sockets.push(...(await Promise.all(opening)));
    await sleep(1);
  }
  tell({ ready: true });
}

main(JSON.parse(process.argv[2]!) as SocketClientsOptions).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
