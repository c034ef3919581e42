/**
 * A closed loop of clients on loopback: each has a connection of its own and sends its next request when the answer is complete. It
 * uses the dispatcher of undici directly, because the generator shares the processor with what it measures.
 */
import { Client } from 'undici';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The request of a client in a round. */
export type RequestOf = (client: number, round: number) => LoadRequest;

export interface LoadResult {
  /** Durations of all requests, in milliseconds, from sending to the last byte. */
  readonly durations: readonly number[];
  /** The same until the first byte of the body. */
  readonly firstBytes: readonly number[];
  readonly perSecond: number;
}

export interface Load {
  /** Sends requests for some time. @throws Error for an answer that is not a success. */
  run(durationMs: number): Promise<LoadResult>;
  /** Sends a number of requests, one after the other. */
  send(count: number): Promise<LoadResult>;
  close(): Promise<void>;
}

interface Times {
  readonly durations: number[];
  readonly firstBytes: number[];
}

const ERRORS = Buffer.from('"errors":[');

/** Opens the connections of so many clients. */
export function openLoad(url: string, clients: number, requestOf: RequestOf): Load {
  const connections = Array.from({ length: clients }, () => new Client(url, { pipelining: 1 }));
  const rounds = connections.map(() => 0);
  const sendOne = async (client: number, { durations, firstBytes }: Times) => {
    const request = requestOf(client, rounds[client]!);
    rounds[client]! += 1;
    const start = performance.now();
    const firstByte = await exchange(connections[client]!, request);
    durations.push(performance.now() - start);
    firstBytes.push(firstByte - start);
  };
  const measure = async (work: (times: Times) => Promise<unknown>): Promise<LoadResult> => {
    const times: Times = { durations: [], firstBytes: [] };
    const start = performance.now();
    await work(times);
    return { ...times, perSecond: (times.durations.length * 1000) / (performance.now() - start) };
  };
  return {
    run: (durationMs) =>
      measure((times) => {
        const end = performance.now() + durationMs;
        const loop = async (client: number) => {
          do await sendOne(client, times);
          while (performance.now() < end);
        };
        return Promise.all(connections.map((_, client) => loop(client)));
      }),
    send: (count) =>
      measure(async (times) => {
        for (let sent = 0; sent < count; sent += 1) await sendOne(0, times);
      }),
    close: async () => void (await Promise.all(connections.map((connection) => connection.close()))),
  };
}

/** @returns the moment of the first byte of the body. */
function exchange(connection: Client, { method, path, headers = {}, body }: LoadRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    let [status, firstByte] = [0, 0];
    const chunks: Buffer[] = [];
    const options = { method, path, headers, body: body ?? null };
    connection.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => void (status = statusCode),
      onResponseData: (_controller, chunk) => {
        if (chunks.length === 0) firstByte = performance.now();
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        const failed = status >= 300 || chunks.some((chunk) => chunk.includes(ERRORS));
        if (failed)
          reject(
            new Error(`${method} ${path}: ${status} ${Buffer.concat(chunks).toString().slice(0, 1000)}`),
          );
        else resolve(firstByte);
      },
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
