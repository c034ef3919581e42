/** A TCP proxy between a process and a server, whose network a test can cut: nothing arrives any more, and no connection is closed. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, in either direction. New connections are accepted, and get no answer. */
  cut(): void;
  /** What was under way arrives, as TCP sends it again. */
  mend(): void;
  stop(): Promise<void>;
}

/** Starts one in front of a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    if (isCut) from.pause();
    from.on('data', (part) => void to.write(part));
    // Beyond a cut, neither side sees the end of the other.
    const end = () => {
      sockets.delete(from);
      if (!isCut) to.destroy();
    };
    from.on('error', end).on('close', end);
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    join(client, upstream);
    join(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
