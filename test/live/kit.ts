/** A running platform with a shop in it, and clients that listen over real sockets. */
import { createClient, type Client, type ExecutionResult } from 'graphql-ws';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, type RawData } from 'ws';
import { createContext, type RequestContext } from '#kernel/context';
import type { EventBus, PublishedEvent } from '#kernel/events/bus';
import { createBranch } from '#subgraphs/auth/branches';
import {
  createColleagueOf,
  createOwner,
  TEST_PASSWORD,
  type TestOwner,
  type TestShop,
} from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

export interface LiveShop {
  readonly owner: TestOwner;
  /** The owner's access token. */
  readonly token: string;
  /** Signs in a new colleague of a role. */
  colleague(role: string): Promise<{ token: string; userId: string }>;
  /** Makes a product with so many pieces. @returns the ids. */
  product(name: string, stock?: number): Promise<{ productId: string; variantId: string }>;
  /** Changes a level of the owner's branch by so much. */
  adjust(productId: string, quantity: number): Promise<void>;
  /** Another branch. @returns its id. */
  branch(name: string): Promise<string>;
}

export interface LivePlatform extends TestPlatform {
  openShop(): Promise<LiveShop>;
  signIn(email: string): Promise<string>;
}

/** Starts the platform; without rate limits unless asked otherwise. */
export async function startLive(env: Readonly<Record<string, string>> = {}): Promise<LivePlatform> {
  const platform = await startTestPlatform({ env });
  const { services } = platform;
  const shop: TestShop = { services, contextFor: (actor) => createContext(services, actor, facts()) };
  const signIn = async (email: string): Promise<string> => {
    const answer = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email, password: TEST_PASSWORD },
    });
    return (answer.body as { access_token: string }).access_token;
  };
  return {
    ...platform,
    signIn,
    async openShop() {
      const owner = await createOwner(shop, { name: `Shop ${randomUUID()}` });
      const token = await signIn(owner.user.email);
      return { owner, token, ...shopOperations(platform, shop, { owner, token, signIn }) };
    },
  };
}

/** Waits for the first event of a type that is the one meant. */
function once(bus: EventBus, type: string, isMeant: (event: PublishedEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = bus.subscribe(type, (event) => {
      if (!isMeant(event)) return;
      stop();
      resolve();
    });
  });
}

function facts(): RequestContext['request'] {
  return { requestId: randomUUID(), address: '127.0.0.1' };
}

function shopOperations(
  platform: TestPlatform,
  shop: TestShop,
  { owner, token, signIn }: { owner: TestOwner; token: string; signIn: (email: string) => Promise<string> },
): Omit<LiveShop, 'owner' | 'token'> {
  const ask = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => {
    const { data, errors } = await platform.graphql<Data>(query, variables, token);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    async colleague(role) {
      const user = await createColleagueOf(shop, owner, role);
      return { token: await signIn(user.email), userId: user.id };
    },
    async product(name, stock = 100) {
      const created = await ask<{ createProduct: { id: string; variants: { id: string }[] } }>(
        'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id variants { id } } }',
        { input: { name, sku: randomUUID().slice(0, 12), price: '2.50' } },
      );
      const { id: productId, variants } = created.createProduct;
      const adjust = 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { id } }';
      if (stock > 0) {
        // Who subscribes after this hears nothing of it any more.
        const told = once(
          platform.services.bus,
          'stock.changed',
          (event) => event.payload.productId === productId,
        );
        await ask(adjust, { input: { productId, quantity: String(stock) } });
        await told;
      }
      return { productId, variantId: variants[0]!.id };
    },
    async adjust(productId, quantity) {
      const adjust = 'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { id } }';
      await ask(adjust, { input: { productId, quantity: String(quantity) } });
    },
    async branch(name) {
      return (await createBranch(owner.ctx, { name })).id;
    },
  };
}

/** What a client has heard. */
export interface Heard<Item> {
  readonly items: Item[];
  readonly errors: unknown[];
  completed: boolean;
  /** Waits until so many have come. @throws Error after ten seconds. */
  until(count: number): Promise<Item[]>;
  stop(): void;
}

const clients = new Set<Pick<Client, 'dispose'>>();

/** Closes what a test has left open. */
export async function disposeClients(): Promise<void> {
  for (const client of clients) await client.dispose();
  clients.clear();
}

/** A graphql-ws client on `/graphql`, that does not connect again when it is closed. */
export function graphqlClient(
  url: string,
  token: string | undefined,
  onClosed: (event: { code: number; reason: string }) => void = () => undefined,
): Client {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(token === undefined ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: { closed: (event) => onClosed(event as { code: number; reason: string }) },
  });
  clients.add(client);
  return client;
}

/** Subscribes, and waits until the server listens. */
export function listen<Data>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Heard<ExecutionResult<Data>> {
  const items: ExecutionResult<Data>[] = [];
  const heard = heardOf(items);
  const stop = client.subscribe<Data>(
    { query, variables },
    {
      next: (result) => items.push(result as ExecutionResult<Data>),
      error: (error) => heard.errors.push(error),
      complete: () => (heard.completed = true),
    },
  );
  return Object.assign(heard, { stop });
}

/** A plain WebSocket whose messages are JSON. */
export function plainSocket(
  url: string,
  headers: Record<string, string> = {},
): Heard<Record<string, unknown>> & {
  socket: WebSocket;
  closed: Promise<{ code: number; reason: string }>;
  refused: Promise<{ status: number; body: string }>;
} {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  clients.add({ dispose: () => socket.terminate() });
  const items: Record<string, unknown>[] = [];
  socket.on('message', (data: RawData) =>
    items.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>),
  );
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const refused = new Promise<{ status: number; body: string }>((resolve) =>
    socket.on('unexpected-response', (_request, response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      );
    }),
  );
  const heard = heardOf(items);
  socket.on('error', (error) => heard.errors.push(error));
  return Object.assign(heard, { socket, closed, refused, stop: () => socket.close() });
}

function heardOf<Item>(items: Item[]): Heard<Item> {
  const errors: unknown[] = [];
  return {
    items,
    errors,
    completed: false,
    async until(count) {
      await eventually(
        () => items.length >= count,
        () => `heard ${items.length} of ${count}, errors ${JSON.stringify(errors)}`,
      );
      return items;
    },
    stop: () => undefined,
  };
}

/** Ends all clients of a test, and waits until nothing of them is left on the server: no socket, no subscriber, no upstream. */
export async function everythingClosed({ platform }: LivePlatform): Promise<void> {
  await disposeClients();
  const left = () => platform.live.counts();
  await eventually(
    () => left().subscribers === 0 && left().upstreams === 0 && left().sockets === 0,
    () => JSON.stringify(left()),
  );
}

/** Waits until something is so. @throws Error after ten seconds. */
export async function eventually(
  holds: () => boolean,
  what: () => string = () => 'it never came true',
): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 10_000) throw new Error(what());
    await sleep(10);
  }
}
