/**
 * Limits the number of expensive operations that run at the same time: lists of hundreds of rows, exports,
 * reports, documents. Each takes the event loop for some tens of milliseconds and keeps its rows in memory, so
 * a burst of them waits in a queue, and each caller has a separate limit.
 */
import { getOperationAST, type ExecutionResult } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { PosProError } from '#kernel/errors';
import type { GraphExecutor, GraphRequest } from '#kernel/graph/executor';
import { Limiter } from '#kernel/concurrency-limit';
import { publicError } from '../executor/mask-errors';
import { senderOf } from '../http/admission';
import type { CostModel } from './cost';

/** The cost from which an operation is expensive; slow fields declare this `@cost`. */
const DEAR = 200;
const AT_ONCE = 4;
const AT_ONCE_OF_A_CALLER = 2;
/** Maximum of waiting operations of one caller. */
const WAITING_OF_A_CALLER = 20;
/** Maximum of waiting operations in total. */
const WAITING = 200;
/** Seconds. */
const RETRY_AFTER = 5;

/** Makes an executor that queues expensive operations. */
export function limitExpensiveOperations(execute: GraphExecutor, cost: CostModel): GraphExecutor {
  const line = new DearLine();
  return (request) => (isDear(request, cost) ? line.run(request, () => execute(request)) : execute(request));
}

function isDear({ document, operationName, variables = {} }: GraphRequest, cost: CostModel): boolean {
  const operation = getOperationAST(document, operationName);
  if (!operation) return false;
  return cost.estimate(document, operation, variables).total >= DEAR;
}

class DearLine {
  private readonly all = new Limiter(AT_ONCE, Infinity);
  private readonly callers = new Map<string, Limiter>();
  /** Requests that have started: an export is not aborted because others arrived meanwhile. */
  private readonly begun = new WeakSet<RequestContext>();

  async run({ context }: GraphRequest, work: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const sender = senderOf(context.actor, context.request.address);
    const own = this.callers.get(sender) ?? new Limiter(AT_ONCE_OF_A_CALLER, Infinity);
    const refusal = this.begun.has(context) ? undefined : this.refusal(own);
    if (refusal) return { errors: [publicError(refusal, context.request.requestId)] };
    this.begun.add(context);
    this.callers.set(sender, own);
    try {
      return await own.run(() => this.all.run(work));
    } finally {
      if (own.running === 0) this.callers.delete(sender);
    }
  }

  private refusal(own: Limiter): PosProError | undefined {
    const details = { retryAfter: RETRY_AFTER };
    if (own.waiting >= WAITING_OF_A_CALLER) {
      const message = `${WAITING_OF_A_CALLER} of your exports, reports and long lists are waiting already. Ask for them one after the other.`;
      return new PosProError('RATE_LIMITED', message, details);
    }
    if (this.callersWaiting() < WAITING) return undefined;
    return new PosProError(
      'UNAVAILABLE',
      'Too many exports, reports and long lists are waiting. Try again in a moment.',
      details,
    );
  }

  private callersWaiting(): number {
    let waiting = this.all.waiting;
    for (const own of this.callers.values()) waiting += own.waiting;
    return waiting;
  }
}
