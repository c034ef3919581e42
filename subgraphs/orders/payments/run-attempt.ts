/** Sends a reserved request to its provider and settles the answer: never in one transaction. */
import type { RequestContext } from '#kernel/context';
import {
  askProvider,
  settleAttempt,
  type PaymentAttemptRow,
  type PaymentIntentRow,
  type ProviderTask,
} from '#subgraphs/payments/index';
import type { PosProError } from '#kernel/errors';
import { settlePayment } from './settle-payment';

/** A payment after a request, and the error for which its order could not take it. */
interface AnsweredPayment {
  intent: PaymentIntentRow;
  refusal?: PosProError | undefined;
}

/**
 * @returns the payment after the answer, and after the requests that followed from it.
 * @throws PosProError if the order of the payment could not take it any more, after the money went back.
 */
export async function runAttempt(ctx: RequestContext, task: ProviderTask): Promise<PaymentIntentRow> {
  const { intent, refusal } = await answerAttempt(ctx, task);
  if (refusal) throw refusal;
  return intent;
}

/** The same for a caller who does not wait for the order. */
export async function answerAttempt(ctx: RequestContext, task: ProviderTask): Promise<AnsweredPayment> {
  const answer = await askProvider(ctx, task);
  const settled = await settlePayment(ctx, task.intent, (tx) => settleAttempt(tx, ctx, task, answer));
  const { intent, followUps, refusal } = settled!;
  return { intent: await runAttempts(ctx, intent, followUps), refusal };
}

/** Runs the requests that follow from a settled answer or event, in turn. @returns the payment after them. */
export async function runAttempts(
  ctx: RequestContext,
  intent: PaymentIntentRow,
  attempts: readonly PaymentAttemptRow[],
): Promise<PaymentIntentRow> {
  let latest = intent;
  for (const attempt of attempts) latest = (await answerAttempt(ctx, { intent: latest, attempt })).intent;
  return latest;
}
