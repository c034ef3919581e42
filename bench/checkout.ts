/**
 * How many sales of three lines a second: `npx tsx bench/checkout.ts [seconds]`.
 *
 * Measured at the level of operations, on an embedded PostgreSQL of its own with the settings of `npm start` (or on the server of
 * TEST_DATABASE_URL), with one client and with sixteen, each at a register of its own in one branch. The baseline sends the very
 * same statements, recorded from real sales and given fresh ids, through plain pg: what stands between the two is ours.
 */
import { Pool } from 'pg';
import { startSealer } from '#kernel/audit/sealer.worker';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import type { OperationMeta, RequestContext } from '#kernel/context';
import { systemClock } from '#kernel/clock';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { createIds } from '#kernel/ids';
import { insertRegisters, openRegister } from '#subgraphs/registers/index';
import { checkout } from '#subgraphs/pos/index';
import { userActor } from '#test/harness/actors';
import type { TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf, type SentStatement } from '#test/harness/statements';
import { runBench } from './database';

const CLIENTS = 16;
const PRODUCTS = 240;
/** Long enough for the engine to compile what a sale runs through, as it has in a process that has been up for a minute. */
const WARM_UP_MS = 8_000;
const seconds = Number(process.argv[2] ?? 5);
const ids = createIds(systemClock);

/** One who sells, at a register of their own. */
interface Seller {
  /** The context of one request. */
  ctx(input: OperationMeta['input']): RequestContext;
  registerId: string;
}

async function openTills(db: TestDatabase): Promise<{ till: Till; sellers: Seller[] }> {
  const articles = Array.from({ length: PRODUCTS }, (_, index) => ({
    sku: `P${index}`,
    price: '3.49',
    stock: '1000000',
    cost: '1',
  }));
  const till = await openTill(db, { articles });
  const { organizationId, branchId } = till;
  const system = db.contextFor({ kind: 'system', organizationId, branchId });
  const registers = Array.from({ length: CLIENTS }, (_, index) => ({
    id: system.ids.next(),
    branchId,
    name: `Bench ${index}`,
    code: `B${index}`,
    currency: 'EUR',
  }));
  await transact(system, (tx) => insertRegisters(tx, registers));
  const sellers: Seller[] = [];
  for (const { id: registerId } of registers) {
    const actor = userActor({ organizationId, branchId, scopes: ALL_SCOPES });
    await openRegister(db.contextFor(actor), { registerId, openingFloat: new Decimal(0) });
    sellers.push({
      registerId,
      ctx: (input) => db.contextFor(actor, { operation: { name: 'checkout', input: { input } } }),
    });
  }
  return { till, sellers };
}

async function sell(seller: Seller, number: number): Promise<void> {
  const items = [0, 1, 2].map((line) => ({
    sku: `P${(number * 3 + line) % PRODUCTS}`,
    quantity: new Decimal(line + 1),
  }));
  const payments = [{ method: 'cash' as const, amount: new Decimal(50) }];
  const input = { items, payments, registerId: seller.registerId, clientReference: ids.next() };
  await checkout(seller.ctx(input), input);
}

interface Rate {
  perSecond: number;
  /** What this process worked for one, in milliseconds. */
  cpu: number;
}

/** Runs work over and over in so many lanes. */
async function rate(lanes: number, work: (lane: number, round: number) => Promise<void>): Promise<Rate> {
  const turn = async (until: number): Promise<number> => {
    let done = 0;
    const lane = async (number: number) => {
      for (let round = 0; performance.now() < until; round += 1) {
        await work(number, round * lanes + number);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    return done;
  };
  await turn(performance.now() + WARM_UP_MS);
  const [start, before] = [performance.now(), process.cpuUsage()];
  const done = await turn(start + seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (done * 1000) / (performance.now() - start), cpu: (user + system) / 1000 / done };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const idsIn = (recorded: SentStatement[]) =>
  new Set(JSON.stringify(recorded.map(({ values }) => values)).match(UUID) ?? []);

/** Statements with fresh ids where the sale made its own: those that another sale of the same seller does not have. */
function replayer(mine: SentStatement[], other: SentStatement[]): (nextId: () => string) => SentStatement[] {
  const known = idsIn(other);
  const own = new Set([...idsIn(mine)].filter((id) => !known.has(id)));
  return (nextId) => {
    const fresh = new Map([...own].map((id) => [id, nextId()]));
    const swap = (value: unknown) =>
      typeof value === 'string' ? value.replace(UUID, (id) => fresh.get(id) ?? id) : value;
    return mine.map(({ text, values }) => ({ text, values: values.map(swap) }));
  };
}

/** What is remembered for some seconds is now and then read again: two sales of as many statements have it not among them. */
async function record(seller: Seller, number: number): Promise<ReturnType<typeof replayer>> {
  for (;;) {
    const mine = await statementsOf(() => sell(seller, number));
    const other = await statementsOf(() => sell(seller, number));
    if (mine.length === other.length) return replayer(mine, other);
  }
}

async function baselines(
  db: TestDatabase,
  till: Till,
  sellers: Seller[],
): Promise<(lanes: number) => Promise<Rate>> {
  const scripts: ReturnType<typeof replayer>[] = [];
  for (const [index, seller] of sellers.entries()) scripts.push(await record(seller, index * 5));
  console.log(`${scripts[0]!(() => till.ctx.ids.next()).length} statements a sale`);
  return async (lanes) => {
    // As the owner of the database, whom nobody asks for a proof.
    const options = `-c role=pospro_app -c app.organization_id=${till.organizationId}`;
    const pool = new Pool({ connectionString: db.url, max: lanes, options });
    const names = new Map<string, string>();
    const result = await rate(lanes, async (lane) => {
      const client = await pool.connect();
      for (const { text, values } of scripts[lane]!(() => till.ctx.ids.next())) {
        if (values.length === 0) await client.query(text);
        else {
          const name = names.get(text) ?? `s${names.size}`;
          names.set(text, name);
          await client.query({ name, text, values });
        }
      }
      client.release();
    });
    await pool.end();
    return result;
  };
}

runBench(async (db) => {
  const { till, sellers } = await openTills(db);
  // As in a running process: the audit entries are sealed as they come.
  const sealer = startSealer(db.services);
  const baseline = await baselines(db, till, sellers);
  for (const lanes of [1, CLIENTS]) {
    const ours = await rate(lanes, (lane, round) => sell(sellers[lane]!, round));
    const plain = await baseline(lanes);
    const show = ({ perSecond, cpu }: Rate) =>
      `${perSecond.toFixed(0)} a second at ${cpu.toFixed(2)} ms of CPU`;
    const share = ((ours.perSecond / plain.perSecond) * 100).toFixed(0);
    console.log(`${lanes} client(s): ${show(ours)}; plain pg ${show(plain)}; ${share} % of it`);
  }
  await sealer.stop();
}, CLIENTS);
