/** The work of a trial: clients sell, refund, transfer, import and close at the same time, and note what was acknowledged. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDice, type Dice } from '#demo/dice';
import { openRegister } from '#subgraphs/registers/index';
import type { TestBackend } from '#test/harness/actors';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { TrialClient, type ClientOptions } from './client';

/** More than any trial sells. */
export const STOCK = 1_000_000;
export const SKUS = ['TEA', 'BREAD'] as const;
export type Sku = (typeof SKUS)[number];
/** Three transactions of an import. */
const IMPORT_ROWS = 1_100;
const MAX_PAUSE_MS = 30;

export type Units = Readonly<Record<Sku, number>>;
export const KINDS = ['checkout', 'refund', 'transfer', 'import', 'closing'] as const;
export type Kind = (typeof KINDS)[number];

interface AcknowledgedOrder {
  readonly id: string;
  readonly total: string;
  /** Units that left the stock; negative on a return. */
  readonly units: Units;
}

/** Everything that clients were answered. */
export interface Acknowledged {
  /** Sales and returns by their client reference. */
  readonly orders: Map<string, AcknowledgedOrder>;
  /** Codes by the client reference that was rejected for good. */
  readonly rejections: Map<string, string>;
  /** Units that left the first warehouse for the second. */
  readonly transfers: Map<string, Units>;
  /** Rows of each import. */
  readonly imports: Map<string, number>;
  /** Numbers of Z-reports by their session. */
  readonly closings: Map<string, number>;
}

export interface Workload {
  readonly acknowledged: Acknowledged;
  /** Number of acknowledged operations of each kind. */
  readonly counts: () => Readonly<Record<Kind, number>>;
  /** The clients' attempts, unexpected answers, and longest wait for an answer. */
  figures(): { attempts: number; unexpected: string[]; longestMs: number };
  /** Lets each client end its operation. @returns the errors of clients that ended early: they gave up, or were rejected. */
  stop(): Promise<string[]>;
}

/** Opens the shop of a trial: two warehouses, and three registers, all open. */
export async function openTrialShop(backend: TestBackend): Promise<Till> {
  const stock = String(STOCK);
  const till = await openTill(backend, {
    branches: [
      { name: 'Main Street', code: 'MAIN' },
      { name: 'Harbour', code: 'HARBOUR' },
    ],
    articles: [
      { sku: 'TEA', price: '3.50', stock, cost: '1.20' },
      { sku: 'BREAD', price: '2.99', tax: '7', stock, cost: '0.80' },
    ],
    registers: 3,
  });
  for (const { id } of till.registers.slice(1))
    await openRegister(till.ctx, { registerId: id, openingFloat: amount(100) });
  return till;
}

/** Starts the clients. @param urls the addresses of the processes. */
export function startWorkload(
  till: Till,
  options: Omit<ClientOptions, 'email' | 'number'> & { readonly seed: number },
): Workload {
  const acknowledged: Acknowledged = {
    orders: new Map(),
    rejections: new Map(),
    transfers: new Map(),
    imports: new Map(),
    closings: new Map(),
  };
  const sales: string[] = [];
  const clients: TrialClient[] = [];
  const errors: string[] = [];
  const state = { isStopped: false };
  const repeat = async (number: number, work: (worker: Worker) => Promise<void>) => {
    const client = new TrialClient({ ...options, email: till.owner.email, number });
    clients.push(client);
    const dice = createDice(options.seed + number);
    const worker = new Worker(client, dice, till, acknowledged, sales);
    try {
      while (!state.isStopped) {
        await work(worker);
        await sleep(dice.between(0, MAX_PAUSE_MS));
      }
    } catch (error) {
      errors.push(String(error));
    }
  };
  const [closing, second, third] = till.registers.map(({ id }) => id);
  const work = Promise.all([
    repeat(1, (worker) => worker.sell(closing!)),
    repeat(2, (worker) => worker.sell(second!)),
    repeat(3, (worker) => worker.sell(third!)),
    repeat(4, (worker) => worker.refund(second!)),
    repeat(5, (worker) => worker.transfer()),
    repeat(6, (worker) => worker.import()),
    repeat(7, (worker) => worker.close(closing!)),
  ]);
  return {
    acknowledged,
    counts() {
      const { orders, transfers, imports, closings } = acknowledged;
      const refunds = [...orders.values()].filter(({ total }) => total.startsWith('-')).length;
      return {
        checkout: orders.size - refunds,
        refund: refunds,
        transfer: transfers.size,
        import: imports.size,
        closing: closings.size,
      };
    },
    figures: () => ({
      attempts: clients.reduce((total, { attempts }) => total + attempts, 0),
      unexpected: clients.flatMap(({ unexpected }) => unexpected),
      longestMs: Math.round(Math.max(...clients.map(({ longestMs }) => longestMs))),
    }),
    async stop() {
      state.isStopped = true;
      await work;
      return errors;
    },
  };
}

/** One client's operations. */
class Worker {
  constructor(
    private readonly client: TrialClient,
    private readonly dice: Dice,
    private readonly till: Till,
    private readonly acknowledged: Acknowledged,
    /** References of sales that were not refunded yet. */
    private readonly sales: string[],
  ) {}

  async sell(registerId: string): Promise<void> {
    const units = { TEA: this.dice.between(1, 3), BREAD: this.dice.between(0, 2) };
    const paid = this.dice.chance(70)
      ? { payments: [{ method: 'cash', amount: '100.00' }] }
      : { payment_method: 'card' };
    const reference = await this.order(units, {
      path: '/pos/checkout',
      body: { register_id: registerId, items: itemsOf(units), ...paid },
    });
    if (reference !== undefined) this.sales.push(reference);
  }

  async refund(registerId: string): Promise<void> {
    if (this.sales.length === 0) return;
    const reference = this.sales.splice(this.dice.between(0, this.sales.length - 1), 1)[0]!;
    const { id, units } = this.acknowledged.orders.get(reference)!;
    await this.order(
      { TEA: -units.TEA, BREAD: -units.BREAD },
      { path: `/orders/${id}/refund`, body: { register_id: registerId, reason: 'Damaged' } },
    );
  }

  /** @returns the client reference of an order that was posted. */
  private async order(
    units: Units,
    { path, body }: { path: string; body: object },
  ): Promise<string | undefined> {
    const reference = randomUUID();
    const answer = await this.client.post({ path, body: { ...body, client_reference: reference } });
    if (answer.status >= 300) {
      this.acknowledged.rejections.set(reference, String(answer.body.code));
      return undefined;
    }
    const { id, total } = answer.body as { id: string; total: string };
    this.acknowledged.orders.set(reference, { id, total, units });
    return reference;
  }

  /** In one step, or sent and then received. */
  async transfer(): Promise<void> {
    const units = { TEA: this.dice.between(1, 3), BREAD: 1 };
    const [from, to] = this.till.warehouseIds;
    const body = { from_warehouse_id: from, to_warehouse_id: to, items: itemsOf(units) };
    const isWhole = this.dice.chance(50);
    const sent = await this.require(
      isWhole
        ? { path: '/inventory/transfer', body }
        : { path: '/inventory/transfers', body: { ...body, send: true } },
    );
    const id = sent.id as string;
    if (!isWhole) await this.require({ path: `/inventory/transfers/${id}/receive`, body: {} });
    this.acknowledged.transfers.set(id, units);
  }

  /** Sends the same rows under the same key until all are imported. */
  async import(): Promise<void> {
    const key = randomUUID();
    const items = Array.from({ length: IMPORT_ROWS }, (_, index) => ({
      sku: `IMP-${key}-${index}`,
      name: `Imported ${index}`,
      price: '1.00',
    }));
    for (;;) {
      const job = await this.require({ path: '/products/bulk-create', body: { items } }, key);
      if (job.status === 'completed') {
        this.acknowledged.imports.set(job.id as string, IMPORT_ROWS);
        return;
      }
      await sleep(100);
    }
  }

  /** Closes the register with its Z-report, and opens it again. */
  async close(registerId: string): Promise<void> {
    const report = await this.require({
      path: '/pos/register/close',
      body: { register_id: registerId, counted_cash: '100.00' },
    });
    this.acknowledged.closings.set(report.register_session_id as string, report.number as number);
    await this.require({
      path: '/pos/register/open',
      body: { register_id: registerId, opening_float: '100.00' },
    });
    await sleep(200);
  }

  /** @throws Error if the request is rejected: nothing else prevents it. */
  private async require(
    request: { path: string; body: object },
    key: string = randomUUID(),
  ): Promise<Readonly<Record<string, unknown>>> {
    const { status, body } = await this.client.post({ ...request, key });
    if (status >= 300) throw new Error(`${request.path} was rejected: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}

function itemsOf(units: Units): { sku: string; quantity: number }[] {
  return SKUS.map((sku) => ({ sku, quantity: units[sku] })).filter(({ quantity }) => quantity > 0);
}
