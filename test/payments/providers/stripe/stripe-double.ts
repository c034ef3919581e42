/**
 * Stripe over HTTP, as far as PosPro uses it: payment intents, refunds, and idempotency keys that repeat the first answer and reject another
 * body. Written after https://docs.stripe.com/api.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface DoubleIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  currency: string;
  status: string;
  capture_method: string;
  client_secret: string;
  cancellation_reason: string | null;
  last_payment_error: object | null;
  next_action: object | null;
  metadata: Record<string, string>;
  latest_charge: object | null;
}

interface Answer {
  status: number;
  body: object;
}

/** A request as it arrived. */
export interface DoubleRequest {
  method: string;
  path: string;
  form: Record<string, string>;
  key: string | undefined;
  secretKey: string | undefined;
}

export interface StripeDouble {
  readonly url: string;
  readonly requests: DoubleRequest[];
  readonly intents: Map<string, DoubleIntent>;
  /** The error codes of captures that fail, by the id of the intent. */
  readonly failing: Map<string, string>;
  /** Awaited before each answer; a test replaces it to hold an answer back, or to lose it by throwing. */
  beforeAnswer: (request: DoubleRequest) => Promise<void> | void;
  close(): Promise<void>;
}

export async function startStripeDouble(): Promise<StripeDouble> {
  const intents = new Map<string, DoubleIntent>();
  const refunded = new Map<string, number>();
  const kept = new Map<string, { request: string; answer: Answer }>();
  const requests: DoubleRequest[] = [];
  const failing = new Map<string, string>();

  const shown = (intent: DoubleIntent): object => ({
    ...intent,
    latest_charge:
      intent.amount_received === 0
        ? null
        : {
            object: 'charge',
            id: `ch_${intent.id}`,
            currency: intent.currency,
            amount_refunded: refunded.get(intent.id) ?? 0,
            disputed: false,
            balance_transaction: { fee: 30, currency: intent.currency },
            payment_method_details: {
              card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2039, fingerprint: 'f1' },
            },
          },
  });
  const ok = (intent: DoubleIntent): Answer => ({ status: 200, body: shown(intent) });
  const failed = (status: number, error: object): Answer => ({ status, body: { error } });

  function pay(intent: DoubleIntent): Answer {
    const isManual = intent.capture_method === 'manual';
    intent.status = isManual ? 'requires_capture' : 'succeeded';
    intent.next_action = null;
    if (isManual) intent.amount_capturable = intent.amount;
    else intent.amount_received = intent.amount;
    return ok(intent);
  }

  function create(form: Record<string, string>): Answer {
    const intent: DoubleIntent = {
      id: `pi_${intents.size + 1}`,
      object: 'payment_intent',
      amount: Number(form.amount),
      amount_capturable: 0,
      amount_received: 0,
      currency: form.currency!,
      status: 'requires_payment_method',
      capture_method: form.capture_method!,
      client_secret: `pi_${intents.size + 1}_secret`,
      cancellation_reason: null,
      last_payment_error: null,
      next_action: null,
      metadata: {
        pospro_organization: form['metadata[pospro_organization]']!,
        pospro_payment: form['metadata[pospro_payment]']!,
      },
      latest_charge: null,
    };
    intents.set(intent.id, intent);
    switch (form.payment_method) {
      case undefined:
        return ok(intent);
      case 'pm_declined':
        intent.last_payment_error = { code: 'card_declined', decline_code: 'insufficient_funds' };
        return failed(402, {
          type: 'card_error',
          code: 'card_declined',
          decline_code: 'insufficient_funds',
          message: 'Your card has insufficient funds.',
          payment_intent: shown(intent),
        });
      case 'pm_3d_secure':
        intent.status = 'requires_action';
        intent.next_action = { type: 'redirect_to_url', redirect_to_url: { url: 'https://bank.test/3ds' } };
        return ok(intent);
      default:
        return pay(intent);
    }
  }

  function failCapture(intent: DoubleIntent, code: string): Answer {
    const isDeclined = code === 'card_declined';
    intent.amount_capturable = 0;
    intent.status = isDeclined ? 'requires_payment_method' : 'canceled';
    if (isDeclined) intent.last_payment_error = { code, decline_code: 'do_not_honor' };
    else intent.cancellation_reason = 'expired';
    const message = 'The charge could not be captured.';
    return isDeclined
      ? failed(402, { type: 'card_error', code, message, payment_intent: shown(intent) })
      : failed(400, { type: 'invalid_request_error', code, message });
  }

  function unexpected(intent: DoubleIntent): Answer {
    const message = `This PaymentIntent has a status of ${intent.status}.`;
    const code = 'payment_intent_unexpected_state';
    return failed(400, { type: 'invalid_request_error', code, message, payment_intent: shown(intent) });
  }

  function act(intent: DoubleIntent, verb: string | undefined, form: Record<string, string>): Answer {
    if (verb === undefined) return ok(intent);
    if (verb === 'confirm') return intent.status === 'requires_action' ? pay(intent) : unexpected(intent);
    if (verb === 'cancel') {
      if (intent.amount_received > 0) return unexpected(intent);
      intent.status = 'canceled';
      intent.amount_capturable = 0;
      return ok(intent);
    }
    if (intent.status !== 'requires_capture') return unexpected(intent);
    if (failing.has(intent.id)) return failCapture(intent, failing.get(intent.id)!);
    intent.amount_received = Number(form.amount_to_capture);
    intent.amount_capturable = 0;
    intent.status = 'succeeded';
    return ok(intent);
  }

  function refund(form: Record<string, string>): Answer {
    const intent = intents.get(form.payment_intent!)!;
    const sum = (refunded.get(intent.id) ?? 0) + Number(form.amount);
    if (sum > intent.amount_received)
      return failed(400, {
        type: 'invalid_request_error',
        code: 'charge_already_refunded',
        message: 'Too much.',
      });
    refunded.set(intent.id, sum);
    return { status: 200, body: { id: `re_${sum}`, object: 'refund', status: 'succeeded' } };
  }

  function search(path: string): Answer {
    const id = /'([\da-f-]{36})'/.exec(decodeURIComponent(path))?.[1];
    const data = [...intents.values()].filter(({ metadata }) => metadata.pospro_payment === id).map(shown);
    return { status: 200, body: { object: 'search_result', data, has_more: false } };
  }

  function answerTo({ path, form, secretKey }: DoubleRequest): Answer {
    if (secretKey !== 'sk_test_double')
      return failed(401, { type: 'invalid_request_error', message: 'Invalid API Key' });
    const [, , resource, id, verb] = path.split('?')[0]!.split('/');
    if (resource === 'refunds') return refund(form);
    if (id === undefined) return create(form);
    if (id === 'search') return search(path);
    const intent = intents.get(id);
    if (!intent)
      return failed(404, {
        type: 'invalid_request_error',
        code: 'resource_missing',
        message: 'No such intent',
      });
    return act(intent, verb, form);
  }

  function once(request: DoubleRequest): Answer {
    const body = JSON.stringify([request.path, request.form]);
    const earlier = request.key === undefined ? undefined : kept.get(request.key);
    if (earlier && earlier.request !== body)
      return failed(400, {
        type: 'idempotency_error',
        message: 'Keys can only be used with the same parameters.',
      });
    const answer = earlier?.answer ?? answerTo(request);
    if (request.key !== undefined) kept.set(request.key, { request: body, answer });
    return answer;
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const form = Object.fromEntries(new URLSearchParams(await text(incoming)));
    const key = headers['idempotency-key'] as string | undefined;
    const request = {
      method,
      path: url,
      form,
      key,
      secretKey: headers.authorization?.replace('Bearer ', ''),
    };
    requests.push(request);
    const { status, body } = once(request);
    try {
      await double.beforeAnswer(request);
    } catch {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: StripeDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    intents,
    failing,
    beforeAnswer: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}
