/** asyncapi.json: valid, and what both sockets really accept and send. */
import { Parser } from '@asyncapi/parser';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { WebSocket } from 'ws';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { disposeClients, plainSocket } from '#test/live/clients';
import document from '../../asyncapi.json';

interface Frame {
  readonly type: string;
  readonly id?: string;
}

interface Documented {
  readonly name: string;
  readonly examples?: readonly { readonly payload: Frame & { readonly payload: { variables: object } } }[];
}

const MESSAGES: Readonly<Record<string, Documented>> = document.components.messages;
const SUBSCRIPTIONS = Object.keys(MESSAGES)
  .filter((name) => name.endsWith('Subscribe'))
  .map((name) => name.replace(/Subscribe$/, ''));
/** The messages of the protocol, but for `next`, whose name has the subscription. */
const PROTOCOL: Readonly<Record<string, string>> = {
  ...{ connection_init: 'connectionInit', connection_ack: 'connectionAck', ping: 'ping', pong: 'pong' },
  ...{ error: 'error', complete: 'complete' },
};
const STOCK: Readonly<Record<string, string>> = {
  ...{ auth: 'stockAuth', ready: 'stockReady', stock: 'stockChange', ping: 'stockPing', pong: 'stockPong' },
};

const FILE = 'asyncapi.json';
const ajv = new Ajv({ strict: false, allErrors: true, formats: { decimal: true, int32: true } });
addFormats(ajv);
ajv.addSchema({ $id: FILE, ...closed(document) });

/** The document, in whose schemas an object has no field but its own: clients ignore new fields, but the server must name all. */
function closed(value: object): object {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    const isSchema = part !== null && typeof part === 'object' && 'properties' in part && 'type' in part;
    return isSchema && !('additionalProperties' in part) ? { ...part, additionalProperties: false } : part;
  }) as object;
}

/** The differences between messages and the schema of their name; empty if there are none. */
function differences(frames: readonly Frame[], nameOf: (frame: Frame) => string): string[] {
  const found = frames.flatMap((frame) => {
    const name = nameOf(frame);
    const reference = `${FILE}#/components/messages/${name}/payload`;
    const validate = ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
    if (validate(frame)) return [];
    return ajv.errorsText(validate.errors, { dataVar: name });
  });
  return [...new Set(found)];
}

/** The name of a message of /graphql. */
const graphName = ({ type, id = '' }: Frame): string => (type === 'next' ? `${id}Next` : PROTOCOL[type]!);
const stockName = ({ type }: Frame): string => STOCK[type]!;

it('is valid AsyncAPI', async () => {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  expect(diagnostics.map(({ code, message, path }) => [code, message, path.join('.')])).toEqual([]);
}, 60_000);

it('finds what is not documented', () => {
  const ready = { type: 'ready', cursor: '1-0' };
  expect(differences([ready], stockName)).toEqual([]);
  expect(differences([{ ...ready, id: 'x' }], stockName)).toEqual([
    'stockReady must NOT have additional properties',
  ]);
  expect(differences([{ type: 'ready' }], stockName)).toHaveLength(1);
});

describe('the server', () => {
  let platform: TestPlatform;
  let token: string;
  /** The cursor of the oldest event of the demo shop. */
  let since: string;
  beforeAll(async () => {
    platform = await startTestPlatform({ demoDays: 3 });
    const body = { email: 'owner@pospro.com', password: 'secure123' };
    const login = await platform.rest('POST', '/api/v1/auth/login', { body });
    token = (login.body as { access_token: string }).access_token;
    since = (await call<{ items: { cursor: string }[] }>('GET', '/events?size=1')).items[0]!.cursor;
  }, 120_000);
  afterEach(() => disposeClients());
  afterAll(() => platform.stop());

  async function call<Body>(method: string, path: string, body?: object): Promise<Body> {
    const answer = await platform.rest(method, `/api/v1${path}`, { token, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  /** Lets a level fall to its reorder point, which the demo shop has not seen happen. */
  async function runLow(): Promise<void> {
    const { items } = await call<{ items: { id: string }[] }>('GET', '/inventory/warehouses');
    const item = { sku: 'DEMO-0001', warehouse_id: items[0]!.id };
    await call('POST', '/inventory/adjustment', { ...item, counted: '6' });
    await call('PUT', '/inventory/reorder-points', { ...item, reorder_point: '5' });
    await call('POST', '/inventory/adjustment', { ...item, counted: '5' });
  }

  it('answers the committed text', async () => {
    const { body, headers } = await platform.rest('GET', '/asyncapi.json');
    expect(body).toEqual(document);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect((await platform.rest('GET', '/')).body).toMatchObject({ asyncapi: '/asyncapi.json' });
  });

  it('speaks as documented on /graphql, of every subscription', async () => {
    const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const received: Frame[] = [];
    const sent: Frame[] = [];
    const send = (frame: Frame & Record<string, unknown>): void => {
      sent.push(frame);
      socket.send(JSON.stringify(frame));
    };
    const heard = (type: string, id?: string) =>
      eventually(
        () => received.some((frame) => frame.type === type && frame.id === id),
        () => `no ${type} ${id ?? ''}: ${JSON.stringify(received.filter((frame) => frame.type === 'error'))}`,
      );
    socket.on('message', (data) => received.push(JSON.parse((data as Buffer).toString()) as Frame));
    await new Promise((resolve) => socket.once('open', resolve));
    send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await heard('connection_ack');
    send({ type: 'ping' });
    await heard('pong');
    for (const id of SUBSCRIPTIONS) {
      const { payload } = MESSAGES[`${id}Subscribe`]!.examples![0]!;
      send({
        ...payload,
        id,
        payload: { ...payload.payload, variables: id === 'salesToday' ? {} : { since } },
      });
    }
    await runLow();
    for (const id of SUBSCRIPTIONS) await heard('next', id);
    send({ type: 'subscribe', id: 'rejected', payload: { query: 'subscription { noSuchEvent }' } });
    await heard('error', 'rejected');
    send({ type: 'complete', id: 'stockChanged' });
    socket.terminate();
    expect(SUBSCRIPTIONS.length).toBeGreaterThanOrEqual(10);
    expect(differences(received, graphName)).toEqual([]);
    const nameOfSent = ({ type, id = '' }: Frame) => {
      if (type !== 'subscribe') return PROTOCOL[type]!;
      return id === 'rejected' ? 'saleCompletedSubscribe' : `${id}Subscribe`;
    };
    expect(differences(sent, nameOfSent)).toEqual([]);
  }, 60_000);

  it('speaks as documented on /ws/stock-updates, with the token in a message, a header or the query', async () => {
    const address = `${platform.url}/ws/stock-updates?since=${since}`;
    const auth = { type: 'auth', token };
    const first = plainSocket(address);
    await new Promise((resolve) => first.socket.once('open', resolve));
    first.socket.send(JSON.stringify(auth));
    const ping = { type: 'ping' };
    await first.until(2);
    first.socket.send(JSON.stringify(ping));
    await eventually(() => first.items.some(({ type }) => type === 'pong'));
    const inHeader = plainSocket(address, { authorization: `Bearer ${token}` });
    const inQuery = plainSocket(`${address}&token=${token}`);
    const received = [first, inHeader, inQuery].map(
      async (socket) => (await socket.until(2)) as unknown as Frame[],
    );
    const frames = (await Promise.all(received)).flat();
    expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(['ready', 'stock', 'pong']));
    expect(differences([auth, ping, ...frames], stockName)).toEqual([]);
  });
});
