/**
 * A stop that no proxy notices. A server that closes an idle connection may cut off a request that is on its way, and a proxy must not
 * repeat that request, since it cannot know whether it took effect. So the server first stops listening, goes on answering on the open
 * connections, and asks with each answer that the proxy close its connection. A proxy that closes idle connections itself, sooner than
 * the draining ends, has none left then.
 */
import type { FastifyInstance } from 'fastify';
import { Server } from 'node:net';
import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

const draining = new WeakSet<Server>();

/** Mounts the header that asks for the connection's end. */
export function closeWhileDraining(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    if (draining.has(app.server)) reply.header('connection', 'close');
    done();
  });
}

/** Stops listening, and serves the open connections until all are closed, at most for so long. */
export async function drainConnections({ server }: FastifyInstance, forMs: number): Promise<void> {
  if (forMs === 0 || !server.listening) return;
  draining.add(server);
  const end = performance.now() + forMs;
  await acceptWaiting(server, end);
  // The method of the HTTP server would close the idle connections, too.
  Server.prototype.close.call(server);
  while (performance.now() < end && (await connectionsOf(server)) > 0) await sleep(LOOK_EVERY_MS);
}

/** Accepts the connections that have arrived: those that still wait in the queue of the listening socket are cut off with it. */
async function acceptWaiting(server: Server, until: number): Promise<void> {
  let accepted = 0;
  const count = () => (accepted += 1);
  server.on('connection', count);
  await nextRound();
  // The event loop accepts one connection a round.
  for (let before = -1; before !== accepted && performance.now() < until;) {
    before = accepted;
    await nextRound();
  }
  server.off('connection', count);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
