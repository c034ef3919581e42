/**
 * The clients of a shop whose operations a model knows: they send requests over REST, give up waiting now and then, and send the same
 * request again under its key until there is an answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '#demo/dice';
import { NOTHING_LEFT, type ShopAnswer, type ShopOperation } from './shop-model';

/** The ids of what the numbers of the model mean. */
export interface ShopIds {
  readonly url: string;
  readonly token: string;
  readonly products: readonly string[];
  readonly warehouses: readonly string[];
  readonly registers: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Errors that a client answers by sending the request again. */
const RETRIED = new Set(['UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS']);
const PAUSE_MS = 20;
const MAX_ATTEMPTS = 500;

export class ShopClient {
  /** Orders that were sold, by the name of the sale. */
  private readonly orders = new Map<string, string>();

  constructor(
    private readonly ids: ShopIds,
    private readonly dice: Dice,
  ) {}

  /**
   * Performs an operation.
   * @param key names the request, however often it is sent.
   * @param givesUp whether the client sends it once, and does not wait for its answer.
   * @returns undefined if it gave up.
   */
  async perform(operation: ShopOperation, key: string, givesUp: boolean): Promise<ShopAnswer | undefined> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      // One request in six is not waited for.
      const patienceMs = givesUp || this.dice.chance(16) ? this.dice.between(0, 40) : 10_000;
      try {
        const { status, body } = await this.send(operation, key, patienceMs);
        const code = String(body.code);
        if (status < 400) return this.answerOf(operation, body);
        if (!RETRIED.has(code)) return { done: false, code: codeOf(operation, code) };
      } catch (error) {
        // The client stopped waiting.
        if ((error as Error).name !== 'TimeoutError') throw error;
      }
      if (givesUp) return undefined;
      await sleep(PAUSE_MS);
    }
    throw new Error(`${key} was never answered`);
  }

  private async send(operation: ShopOperation, key: string, patienceMs: number): Promise<Answer> {
    const { method, path, body } = this.requestOf(operation);
    const response = await fetch(`${this.ids.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.ids.token}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  private requestOf(operation: ShopOperation): { method: string; path: string; body?: object } {
    const { products, warehouses, registers } = this.ids;
    const post = (path: string, body: object) => ({ method: 'POST', path, body });
    switch (operation.kind) {
      case 'sell':
        return post('/pos/checkout', {
          register_id: registers[operation.register],
          items: [{ product_id: products[operation.item], quantity: operation.quantity }],
          payment_method: 'cash',
        });
      case 'return':
        return post(`/orders/${this.orders.get(operation.sale)!}/partial-refund`, {
          register_id: registers[operation.register],
          items: [
            { product_id: products[Number(operation.sale.split('/')[1])], quantity: operation.quantity },
          ],
          method: 'cash',
        });
      case 'adjust':
        return post('/inventory/adjustment', {
          product_id: products[operation.item],
          warehouse_id: warehouses[operation.warehouse],
          quantity: operation.quantity,
        });
      case 'transfer':
        return post('/inventory/transfer', {
          from_warehouse_id: warehouses[operation.from],
          to_warehouse_id: warehouses[operation.to],
          product_id: products[operation.item],
          quantity: operation.quantity,
        });
      case 'reserve':
        return post('/inventory/reservations', {
          reference: operation.reservation,
          warehouse_id: warehouses[operation.warehouse],
          items: [{ product_id: products[operation.item], quantity: operation.quantity }],
        });
      case 'release':
        return post('/inventory/reservations/release', { reservations: [operation.reservation] });
      case 'read':
        return { method: 'GET', path: `/pos/stock/check/${products[operation.item]}` };
      case 'close':
        return post('/pos/register/close', { register_id: registers[operation.register], counted_cash: '0' });
      case 'open':
        return post('/pos/register/open', {
          register_id: registers[operation.register],
          opening_float: '100.00',
        });
    }
  }

  private answerOf(operation: ShopOperation, body: Answer['body']): ShopAnswer {
    switch (operation.kind) {
      case 'sell':
        this.orders.set(operation.sale, String(body.id));
        return { done: true, figures: [] };
      case 'adjust':
        return { done: true, figures: [Number(body.level_after)] };
      case 'close':
        return { done: true, figures: [Math.round(Number(body.expected_cash) * 100)] };
      case 'read': {
        const levels = [...(body.here as Level[]), ...(body.elsewhere as Level[])];
        const byWarehouse = new Map(levels.map((level) => [level.warehouse_id, level]));
        const figures = this.ids.warehouses.flatMap((id) => {
          const { on_hand: onHand, reserved } = byWarehouse.get(id)!;
          return [Number(onHand), Number(reserved)];
        });
        return { done: true, figures };
      }
      case 'return':
      case 'transfer':
      case 'reserve':
      case 'release':
      case 'open':
        return { done: true, figures: [] };
    }
  }
}

interface Level {
  readonly warehouse_id: string;
  readonly on_hand: string;
  readonly reserved: string;
}

/** A return of more than is left has one code if nothing is left, and another one if a part is. */
function codeOf({ kind }: ShopOperation, code: string): string {
  return kind === 'return' && ['VALIDATION_FAILED', 'ILLEGAL_STATE'].includes(code) ? NOTHING_LEFT : code;
}
