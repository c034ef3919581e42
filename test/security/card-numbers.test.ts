/** Numbers of payment cards: never stored or logged in clear, whatever they are typed into. Which they are: test/kernel/card-numbers.rules.test.ts. */
import { runInNewContext } from 'node:vm';
import { Client } from 'pg';
import { maskCardNumbers } from '#kernel/card-numbers.rules';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { createContext } from '#kernel/context';
import { createLogger } from '#kernel/log';
import { seedDemo } from '#demo/index';
import { demoId } from '#demo/ids';
import { userActor } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { callWith, leavesOf, operations } from './arguments';

/**
 * Texts of 600,000 characters take about a second. A search whose time grew with the square of the length would take many minutes:
 * the time limit ends it, far from both.
 */
it.each(['4', '4 ', '4111 1111 1111 1112 ', '1.', '0190a000-0000-7000-8000-000000000001 '])(
  'reads a long text of "%s" in a time that grows with its length only',
  (unit) => {
    const text = unit.repeat(600_000 / unit.length);
    const masked: unknown = runInNewContext(
      'mask(text)',
      { mask: maskCardNumbers, text },
      { timeout: 120_000 },
    );
    expect(masked).toHaveLength(text.length);
  },
  180_000,
);

it('the log has none, in texts of any field, and its lines stay JSON', () => {
  const lines: string[] = [];
  const log = createLogger({
    level: 'info',
    pretty: false,
    destination: { write: (line) => void lines.push(line) },
  });
  log.info(
    {
      url: '/orders?note=4111111111111111',
      nested: { at: ['x 4111-1111-1111-1111'] },
      took: 4.111111111111111,
    },
    'got 4111111111111111',
  );
  expect(JSON.parse(lines[0]!)).toMatchObject({
    url: '/orders?note=411111******1111',
    nested: { at: ['x 4111-11**-****-1111'] },
    took: 4.111111111111111,
    msg: 'got 411111******1111',
  });
});

describe('the platform', () => {
  let platform: TestPlatform;
  let database: Client;
  const logged: string[] = [];
  beforeAll(async () => {
    const destination = { write: (line: string) => void logged.push(line) };
    platform = await startTestPlatform({
      env: { DEMO: 'true' },
      log: createLogger({ level: 'trace', pretty: false, destination }),
      seedDemo: (services) => seedDemo(services, undefined, 2),
    });
    database = new Client(platform.services.config.databaseUrl);
    await database.connect();
  }, 240_000);
  afterAll(async () => {
    await database.end();
    await platform.stop();
  });

  /** The tables in which a text stands anywhere. */
  async function tablesWith(text: string): Promise<string[]> {
    const { rows } = await database.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const held = await database.query(
        `select from "${name}" t where t::text like '%' || $1 || '%' limit 1`,
        [text],
      );
      if (held.rowCount) found.push(name);
    }
    return found;
  }

  it('stores none, whatever argument of whatever operation it was typed into', async () => {
    const owner = userActor({
      organizationId: demoId.organization(1),
      branchId: demoId.branch(1),
      userId: demoId.user(1),
      role: 'owner',
      scopes: ALL_SCOPES,
    });
    const card = '4929123456781236';
    const texts = [`typed ${card}`, 'typed 4929 1234 5678 1236', '4929-1234-5678-1236', card];
    // Codes, addresses and secrets stay as they are: a number in them is no card's.
    const codes =
      /(sku|barcode|gtin|id|ids|prefix|clientReference|phone|email|url|password|otp|tokens?|cursor|code|codes|batchNumber|taxNumber|data|image|reservations)s?$/i;
    for (const operation of operations().filter(({ root }) => root.name === 'Mutation')) {
      for (const leaf of leavesOf(operation).filter(
        ({ type, path }) =>
          (type === 'String' || type === 'JSON') &&
          !codes.test(String(path.findLast((step) => typeof step === 'string'))),
      )) {
        for (const text of leaf.type === 'JSON' ? [{ [texts[0]!]: texts[1] }, texts[2]] : texts) {
          const context = createContext(platform.services, owner, {
            requestId: 'cards',
            address: '127.0.0.1',
            userAgent: 'test',
          });
          await platform.platform.execute({ ...callWith(operation, leaf, text), context });
        }
      }
    }
    for (const text of [card, '4929 1234 5678 1236', '4929-1234-5678-1236', '4929123456 781236']) {
      expect(await tablesWith(text)).toEqual([]);
    }
    expect(await tablesWith('492912******1236')).toEqual(
      expect.arrayContaining(['audit_entries', 'outbox_events']),
    );
  }, 300_000);

  it('keeps none of a payment, its idempotency key and its trail', async () => {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'admin@pospro.com', password: 'secure123' },
    });
    const { access_token: token } = login.body as { access_token: string };
    const card = '5425233430109903';
    const headers = { 'user-agent': `till ${card}`, 'x-request-id': card, 'idempotency-key': 'cards-1' };
    const made = await platform.rest('POST', '/api/v1/products', {
      token,
      headers,
      body: { name: `Card ${card}`, price: '1.00', description: `5425 2334 3010 9903` },
    });
    expect(made.status).toBe(201);
    const csv = await platform.rest('POST', '/api/v1/products/bulk-create', {
      token,
      headers: { 'content-type': 'text/csv', 'content-disposition': `attachment; filename="${card}.csv"` },
      body: `sku,name,price\nCARD-1,Paid ${card},1.00\n`,
    });
    expect(csv.status).toBe(202);
    const { id } = csv.body as { id: string };
    for (let tries = 0; tries < 100; tries += 1) {
      const { body } = await platform.rest('GET', `/api/v1/product-imports/${id}`, { token });
      if (['completed', 'failed'].includes(String((body as { status: string }).status).toLowerCase())) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await platform.rest('GET', '/api/v1/products?sku=CARD-1', { token })).text).toContain(
      'Paid 542523******9903',
    );
    for (const text of [card, '5425 2334 3010 9903']) expect(await tablesWith(text)).toEqual([]);
    // What is looked for is stored nowhere, and what is answered repeats none.
    const unknown = await platform.rest('GET', `/api/v1/products?nothing=1&sort=${card}`, { token });
    expect(unknown.text).not.toContain(card);
  }, 60_000);

  // The second one has a typing error, so that no check recognizes it as a card's.
  it.each(['5105105105105100', '5105105105105109'])(
    'keeps, logs and answers none of a card that is checked (%s)',
    async (card) => {
      const login = await platform.rest('POST', '/api/v1/auth/login', {
        body: { email: 'admin@pospro.com', password: 'secure123' },
      });
      const { access_token: token } = login.body as { access_token: string };
      const linesBefore = logged.length;
      const headers = { 'idempotency-key': `check-${card.slice(-4)}` };
      const ask = (body: unknown) =>
        platform.rest('POST', '/api/v1/payments/validate-card', { token, headers, body });
      const document =
        'query ($input: ValidateCardInput!) { validateCard(input: $input) { valid lastFour } }';
      const answers = [
        await ask({ card_number: card, expiry: '11/39' }),
        await ask({ card_number: `${card.slice(0, 4)} ${card.slice(4)}`, expiry: card }),
        await ask({ card_number: Number(card) }),
        await ask({ card_number: [card], expiry: { month: card } }),
        await ask({ card_number: card, branch_id: '0190a000-0000-7000-8000-000000000000', expiry: '11/39' }),
        await platform.graphql(document, { input: { cardNumber: card } }, token),
        await platform.graphql(document, { input: { cardNumber: Number(card) } }, token),
        await platform.graphql(`{ validateCard(input: { cardNumber: "${card}" }) { lastFour } }`, {}, token),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 422, 422, 404, 200, 422, 200]);
      const answered = JSON.stringify(answers);
      const lines = logged.slice(linesBefore).join('');
      expect(answered).toContain(card.slice(-4));
      expect(lines).not.toBe('');
      for (const text of [card, `${card.slice(0, 4)} ${card.slice(4)}`]) {
        expect(answered).not.toContain(text);
        expect(lines).not.toContain(text);
        expect(await tablesWith(text)).toEqual([]);
      }
    },
    60_000,
  );

  it('leaves codes as they are', async () => {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'admin@pospro.com', password: 'secure123' },
    });
    const { access_token: token } = login.body as { access_token: string };
    const made = await platform.rest('POST', '/api/v1/products', {
      token,
      body: { name: 'Coded', price: '1.00', sku: '4111111111111111', barcode: '4006381333931' },
    });
    expect(made.status).toBe(201);
    expect(made.text).toContain('"4111111111111111"');
    expect(made.text).toContain('4006381333931');
  });
});
