/** Numbers of payment cards: found in every spelling, told from all other numbers, and never stored in clear. */
import fc from 'fast-check';
import { Client } from 'pg';
import { maskCardNumbers } from '../../kernel/card-numbers.rules';
import { ALL_SCOPES } from '../../kernel/auth/scopes';
import { createContext } from '../../kernel/context';
import { createLogger } from '../../kernel/log';
import { seedDemo } from '../../prisma/seed';
import { demoId } from '../../prisma/seed/ids';
import { userActor } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { callWith, leavesOf, operations } from './arguments';

/** Numbers that the networks and payment providers publish for tests. */
const CARDS = [
  '4111111111111111', '4012888888881881', '4222222222222', '4000056655665556', '4917610000000000003', // Visa
  '5555555555554444', '5105105105105100', '2223003122003222', '2720990000000007', // Mastercard
  '378282246310005', '371449635398431', '341111111111111', // American Express
  '30569309025904', '38520000023237', '36227206271667', '3056930009020004', // Diners Club
  '6011111111111117', '6011000990139424', '6445644564456445', '6500000000000002', // Discover
  '3530111333300000', '3566002020360505', // JCB
  '6200000000000005', '6205500000000000004', '8171999900000000021', // UnionPay
  '6759649826438453', '5018000000009', '6304000000000000', '6799990100000000019', // Maestro
  '2200770239097761', '9792000000000001', '6074829999999991', // Mir, Troy, RuPay
].filter(passesLuhn); // prettier-ignore

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The digits of a text in ASCII, and its stars. @param zero of the script that it is written in. */
const digitsOf = (text: string, zero: string) =>
  [...text]
    .filter((each) => /[\p{Nd}*]/u.test(each))
    .map((each) => (each === '*' ? each : String(each.codePointAt(0)! - zero.codePointAt(0)!)))
    .join('');
const masked = (card: string) => `${card.slice(0, 6)}${'*'.repeat(card.length - 10)}${card.slice(-4)}`;

/** A number of a network: its prefix, its length, and a check digit that is right. */
const anyCard = fc
  .tuple(
    fc.constantFrom(['4', 16], ['4', 19], ['51', 16], ['55', 16], ['2221', 16], ['2720', 16], ['34', 15], ['37', 15], ['36', 14], ['3589', 16], ['6011', 16], ['62', 17], ['65', 16], ['81', 19], ['2204', 16], ['6304', 16]) as fc.Arbitrary<[string, number]>,
    fc.array(fc.nat(9), { minLength: 18, maxLength: 18 }),
  )
  .map(([[prefix, length], digits]) => {
    const body = (prefix + digits.join('')).slice(0, length - 1);
    return body + [...'0123456789'].find((check) => passesLuhn(body + check))!;
  }); // prettier-ignore

const SEPARATORS = ['', ' ', '-', '.', '\u00a0', '\u2009', '\u2013', '\u2014', '  ', ' - ', '\u200b', '_', '\t', '\u3000', '/'];

const spelled = fc
  .tuple(anyCard, fc.constantFrom(...SEPARATORS), fc.constantFrom(1, 2, 4, 5, 19), fc.constantFrom('0', '０', '٠', '०', '𝟎'))
  .map(([card, separator, size, zero]) => {
    const groups = card.match(new RegExp(`.{1,${size}}`, 'g'))!;
    const digits = (text: string) =>
      [...text].map((digit) => String.fromCodePoint(zero.codePointAt(0)! + Number(digit))).join('');
    return { card, zero, text: groups.map(digits).join(separator) };
  });

describe('a text', () => {
  it.each(CARDS)('keeps six and four digits of %s', (card) => {
    expect(maskCardNumbers(card)).toBe(masked(card));
    expect(maskCardNumbers(`paid with ${card}, exp 12/27`)).toBe(`paid with ${masked(card)}, exp 12/27`);
  });

  it('keeps them in every spelling, and everything around', () => {
    fc.assert(
      fc.property(spelled, fc.constantFrom('', 'Card: ', 'x', '#', '(', '"', 'Karte №', 'UUID 0190a000-0000-7000-8000-00000000abcd '), ({ card, zero, text }, before) => {
        const result = maskCardNumbers(`${before}${text} thanks`);
        expect(result.startsWith(before) && result.endsWith(' thanks')).toBe(true);
        expect(digitsOf(result.slice(before.length), zero)).toBe(masked(card));
        expect(maskCardNumbers(result)).toBe(result);
      }),
      { numRuns: 3_000 },
    ); // prettier-ignore
  });

  it('keeps them beside other numbers', () => {
    expect(maskCardNumbers('4111 1111 1111 1111 12 27 123')).toBe('4111 11** **** 1111 12 27 123');
    expect(maskCardNumbers('12 4111 1111 1111 1111')).toBe('12 4111 11** **** 1111');
    expect(maskCardNumbers('5555555555554444,4111111111111111')).toBe('555555******4444,411111******1111');
    expect(maskCardNumbers('%B4111111111111111^DOE/J^2712')).toBe('%B411111******1111^DOE/J^2712');
    expect(maskCardNumbers(';4111111111111111=27121010000012345678?')).toBe(';411111******1111=27121010000012345678?');
    expect(maskCardNumbers('4111-1111-1111-1111\n5555-5555-5555-4444')).toBe('4111-11**-****-1111\n5555-55**-****-4444');
  });

  it.each([
    '4111111111111112', // no check digit of Luhn's
    '4006381333931', '09506000134352', '(01)09506000134352(17)270101', // GTINs
    '+4915112345678', '0176 12345678', '+1 (555) 010-9999',
    '0190a000-0000-7000-8000-000000000001', '41111111-1111-4111-8111-111111111111',
    'DE89 3704 0044 0532 0130 00', 'B1-2026-000123', '20260131-0001-000123', '2026-01-31T18:04:05.000Z',
    '12.50 4.25 3.99 11.00 7.25 4.10', '0.4111111111111111', '3.14159265358979323846',
    'SIRET 36252187900034', 'siret: 362 521 879 00034', '00000000000000', '1764138740000',
    'deadbeef4111111111111111111111111111', '9007199254740991',
  ])('keeps %s, which is no number of a card', (text) => {
    expect(maskCardNumbers(text)).toBe(text);
  }); // prettier-ignore

  it('is looked through in a time that grows with its length only', () => {
    const time = (text: string) => {
      const start = process.cpuUsage().user;
      maskCardNumbers(text);
      return process.cpuUsage().user - start + 1;
    };
    time('4 '.repeat(10_000));
    for (const unit of ['4', '4 ', '4111 1111 1111 1112 ', '1.', '0190a000-0000-7000-8000-000000000001 ']) {
      const short = Math.min(...[1, 2, 3].map(() => time(unit.repeat(20_000))));
      const long = Math.min(...[1, 2, 3].map(() => time(unit.repeat(80_000))));
      // Sixteen times as long were it to grow with the square.
      expect(long / (short + 2_000)).toBeLessThan(10);
    }
  });
});

it('the log has none, in texts of any field, and its lines stay JSON', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', pretty: false, destination: { write: (line) => void lines.push(line) } });
  log.info(
    { url: '/orders?note=4111111111111111', nested: { at: ['x 4111-1111-1111-1111'] }, took: 4.111111111111111 },
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
  beforeAll(async () => {
    platform = await startTestPlatform({ env: { DEMO: 'true' }, seedDemo: (services) => seedDemo(services, undefined, 2) });
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
      const held = await database.query(`select from "${name}" t where t::text like '%' || $1 || '%' limit 1`, [text]);
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
    expect(passesLuhn(card)).toBe(true);
    const texts = [`typed ${card}`, 'typed 4929 1234 5678 1236', '4929-1234-5678-1236', card];
    // Codes, addresses and secrets stay as they are: a number in them is no card's.
    const codes =
      /(sku|barcode|gtin|id|ids|prefix|clientReference|phone|email|url|password|otp|tokens?|cursor|code|codes|batchNumber|taxNumber|data|image|reservations)s?$/i;
    for (const operation of operations().filter(({ root }) => root.name === 'Mutation')) {
      for (const leaf of leavesOf(operation).filter(({ type, path }) => (type === 'String' || type === 'JSON') && !codes.test(String(path.findLast((step) => typeof step === 'string'))))) {
        for (const text of leaf.type === 'JSON' ? [{ [texts[0]!]: texts[1] }, texts[2]] : texts) {
          const context = createContext(platform.services, owner, { requestId: 'cards', address: '127.0.0.1', userAgent: 'test' });
          await platform.platform.execute({ ...callWith(operation, leaf, text), context });
        }
      }
    } // prettier-ignore
    for (const text of [card, '4929 1234 5678 1236', '4929-1234-5678-1236', '4929123456 781236']) {
      expect(await tablesWith(text)).toEqual([]);
    }
    expect(await tablesWith('492912******1236')).toEqual(expect.arrayContaining(['audit_entries', 'outbox_events']));
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
      const { body } = await platform.rest('GET', `/api/v1/products/imports/${id}`, { token });
      if (['completed', 'failed'].includes(String((body as { status: string }).status).toLowerCase())) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await platform.rest('GET', '/api/v1/products?sku=CARD-1', { token })).text).toContain('Paid 542523******9903');
    for (const text of [card, '5425 2334 3010 9903']) expect(await tablesWith(text)).toEqual([]);
    // What is looked for is stored nowhere, and what is answered repeats none.
    const unknown = await platform.rest('GET', `/api/v1/products?nothing=1&sort=${card}`, { token });
    expect(unknown.text).not.toContain(card);
  }, 60_000);

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
