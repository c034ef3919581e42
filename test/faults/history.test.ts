/**
 * A history of concurrent calls: eight clients sell, return, adjust, transfer, reserve, release, read, close and open, on three items, two
 * warehouses and two registers. They stop waiting and retry, and now and then PostgreSQL ends all connections. One order of the calls, each
 * between its start and its end, explains every answer; otherwise the calls that have no place are named.
 * `npm run faults -- history` makes many more.
 */
import { createDice, type Dice } from '#demo/dice';
import { TEST_PASSWORD } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { asOwner } from '#test/harness/server';
import { openTill } from '#test/harness/shop';
import { offendingCall, type Call, type OffendingCall } from './history-checker';
import { ShopClient, type ShopIds } from './shop-clients';
import { shopModel, type ShopAnswer, type ShopOperation } from './shop-model';
import { TRIAL_SEED, trialSize } from './trial-size';

type ShopCall = Call<ShopOperation, ShopAnswer>;

const CALLS = trialSize(800);
const CLIENTS = 8;
const CUTS_AFTER_CALLS = 200;
const MAX_GIVING_UP = 5;
const SIZE = { items: 3, warehouses: 2, registers: 2, stock: 12, openingFloat: 10_000, price: 200 };
const model = shopModel(SIZE);
jest.setTimeout(120_000 + CALLS * 200);

let platform: TestPlatform;
let ids: ShopIds;
beforeAll(async () => {
  platform = await startTestPlatform();
  const articles = Array.from({ length: SIZE.items }, (_, index) => ({
    sku: `ITEM-${index}`,
    price: '2.00',
    stock: String(SIZE.stock),
  }));
  const branches = [{ name: 'Main' }, { name: 'Harbour', code: 'HARBOUR' }];
  const till = await openTill(platform, { articles, branches, registers: SIZE.registers });
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: till.owner.email, password: TEST_PASSWORD },
  });
  const { access_token: token } = login.body as { access_token: string };
  ids = {
    url: platform.url,
    token,
    products: articles.map(({ sku }) => till.items[sku]!.productId),
    warehouses: till.warehouseIds,
    registers: till.registers.map(({ id }) => id),
  };
  const client = new ShopClient(ids, createDice(1));
  const first: ShopOperation[] = articles.map((_, item) => ({
    kind: 'adjust',
    item,
    warehouse: 1,
    quantity: SIZE.stock,
  }));
  for (const operation of [...first, { kind: 'open', register: 1 } as const])
    expect(await client.perform(operation, `first-${JSON.stringify(operation)}`, false)).toMatchObject({
      done: true,
    });
});
afterAll(() => platform.stop());

/** What one client did, and may do next. */
class Script {
  private readonly sales: string[] = [];
  private readonly reservations: string[] = [];

  constructor(
    private readonly dice: Dice,
    private readonly name: number,
  ) {}

  next(number: number): ShopOperation {
    const { dice } = this;
    const item = dice.between(0, SIZE.items - 1);
    const warehouse = dice.between(0, SIZE.warehouses - 1);
    const register = dice.between(0, SIZE.registers - 1);
    const quantity = dice.between(1, 3);
    const kinds: readonly ShopOperation['kind'][] = [
      'sell', 'sell', 'sell', 'sell', 'return', 'return', 'adjust', 'adjust', 'transfer', 'reserve', 'release', 'read', 'read',
    ]; // prettier-ignore
    // A register is closed rarely, and opened again soon, so that most sales find it open.
    const kind = dice.chance(5) ? 'close' : dice.chance(11) ? 'open' : dice.pick(kinds);
    switch (kind) {
      case 'return': {
        const sale = this.sales[dice.between(0, Math.max(0, this.sales.length - 1))];
        return sale === undefined
          ? { kind: 'read', item }
          : { kind, sale, register, quantity: dice.between(1, 2) };
      }
      case 'adjust':
        return { kind, item, warehouse, quantity: dice.pick([-2, -1, 1, 2, 4]) };
      case 'transfer':
        return { kind, item, from: warehouse, to: 1 - warehouse, quantity };
      case 'reserve':
        return { kind, reservation: `reservation-${this.name}-${number}`, item, warehouse, quantity };
      case 'release': {
        const reservation = this.reservations.shift();
        return reservation === undefined ? { kind: 'read', item } : { kind, reservation };
      }
      case 'read':
        return { kind, item };
      case 'close':
      case 'open':
        return { kind, register };
      case 'sell':
        return { kind, sale: `${this.name}-${number}/${item}`, register, item, quantity };
    }
  }

  learn(operation: ShopOperation, answer: ShopAnswer | undefined): void {
    if (!answer?.done) return;
    if (operation.kind === 'sell') this.sales.push(operation.sale);
    if (operation.kind === 'reserve') this.reservations.push(operation.reservation);
  }
}

/** Runs the clients. @returns their calls. */
async function runClients(): Promise<ShopCall[]> {
  const calls: ShopCall[] = [];
  let begun = 0;
  let gaveUp = 0;
  const work = async (name: number) => {
    const dice = createDice(TRIAL_SEED + name);
    const client = new ShopClient(ids, dice);
    const script = new Script(dice, name);
    while (begun < CALLS) {
      begun += 1;
      const id = begun;
      if (id % CUTS_AFTER_CALLS === 0) await endConnections();
      const operation = script.next(id);
      // Each doubles the states that are possible from then on.
      const givesUp = gaveUp < MAX_GIVING_UP && dice.chance(1);
      if (givesUp) gaveUp += 1;
      const start = performance.now();
      const answer = await client.perform(operation, `history-${name}-${id}`, givesUp);
      calls.push({ id, operation, answer, start, end: answer === undefined ? Infinity : performance.now() });
      script.learn(operation, answer);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, name) => work(name)));
  return calls;
}

/** Ends all connections of the platform: what was committed in that moment has no answer. */
function endConnections(): Promise<void> {
  return asOwner(
    platform.services.config.databaseUrl!,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and usename in ('pospro_app', 'pospro_system')`,
  );
}

/** A verdict as a person reads it. */
function report(found: OffendingCall<ShopOperation, ShopAnswer> | undefined): string {
  if (!found) return 'one order explains every answer';
  const text = ({ id, operation, answer }: ShopCall) =>
    `${id} ${JSON.stringify(operation)} ${JSON.stringify(answer)}`;
  return [
    `No order has a place for call ${text(found.call)} (seed ${TRIAL_SEED}):`,
    ...found.reasons,
    'At the same time:',
    ...found.concurrent.map(text),
  ].join('\n');
}

it('one order explains every answer', async () => {
  const calls = await runClients();
  const client = new ShopClient(ids, createDice(2));
  // Whatever was left undone is seen by a last look.
  for (let item = 0; item < SIZE.items; item += 1) {
    const operation: ShopOperation = { kind: 'read', item };
    const start = performance.now();
    const answer = await client.perform(operation, '', false);
    calls.push({ id: CALLS + item + 1, operation, answer, start, end: performance.now() });
  }
  expect(report(offendingCall(model, calls))).toBe('one order explains every answer');

  // The history had something to decide.
  const count = (kind: ShopOperation['kind'], done: boolean) =>
    calls.filter(({ operation, answer }) => operation.kind === kind && answer?.done === done).length;
  for (const kind of ['sell', 'return', 'adjust', 'transfer', 'reserve', 'close'] as const)
    expect([kind, count(kind, true) > 0, count(kind, false) > 0]).toEqual([kind, true, true]);

  // Had the first sale been lost, a call that saw it would be named.
  const first = calls.find(({ operation, answer }) => operation.kind === 'sell' && answer?.done);
  const lost = calls.filter((call) => call !== first);
  expect(report(offendingCall(model, lost))).toContain('No order has a place for call');
});
