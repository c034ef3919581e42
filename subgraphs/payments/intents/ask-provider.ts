import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { invariant } from '#kernel/errors';
import type { PaymentProvider, ProviderAccount, ProviderAnswer } from '../providers/provider';
import { providerAccount, providerOf } from '../providers/provider-settings';
import type { ProviderTask } from './payment-attempts';

/**
 * Sends a request to its provider, or sends it again. Neither a transaction nor a lock nor a connection is held meanwhile: the caller
 * has committed the request, and settles the answer in another transaction.
 *
 * @returns the answer; of a rejected command with the payment as the provider knows it. An error on the way is an unknown answer.
 */
export async function askProvider(ctx: RequestContext, task: ProviderTask): Promise<ProviderAnswer> {
  const { intent, attempt } = task;
  const provider = await providerOf(ctx, intent.provider);
  try {
    const account = await providerAccount(ctx.db, ctx.config, organizationOf(ctx));
    return await send(provider, account, task, ctx.clock.now().getTime() - attempt.createdAt.getTime());
  } catch (error) {
    ctx.log.warn(
      { err: error, payment: intent.id, attempt: attempt.id },
      'a payment provider did not answer',
    );
    return { kind: 'unknown', message: 'The provider did not answer.' };
  }
}

async function send(
  provider: PaymentProvider,
  account: ProviderAccount,
  { intent, attempt }: ProviderTask,
  ageMs: number,
): Promise<ProviderAnswer> {
  const { id: key, kind, amount, cardToken, returnUrl } = attempt;
  const {
    id: paymentId,
    currency,
    captures,
    reference: terminalReference,
    providerReference: reference,
  } = intent;
  const isKeyKept = ageMs < provider.keyLifetimeMs;
  if (kind === 'authorize') {
    // Known payments are looked up; one that the provider may not know is sent again, under the same key.
    if (reference !== null || !isKeyKept) return provider.lookUp(account, { reference, paymentId, currency });
    const request = { key, paymentId, amount, currency, captures, cardToken, returnUrl };
    return provider.authorize(account, { ...request, reference: terminalReference });
  }
  invariant(reference !== null, 'a payment without an id of its provider has no commands');
  const known = { reference, paymentId, currency };
  if (!isKeyKept) {
    const answer = await provider.lookUp(account, known);
    // Whether this request was carried out can no longer be asked; the sums of the payment can.
    const unresolved = {
      kind: 'rejected',
      code: 'unresolved',
      message: 'The provider no longer knows the request.',
    } as const;
    return answer.kind === 'report' ? { ...unresolved, report: answer.report } : answer;
  }
  const answer = await provider[kind](account, { ...known, key, amount });
  // An answer that says where the payment stands may say more than the payment: that an authorization ended with its capture.
  return answer.kind === 'rejected' && !answer.report
    ? { ...answer, ...reportOf(await provider.lookUp(account, known)) }
    : answer;
}

const reportOf = (answer: ProviderAnswer) => (answer.kind === 'report' ? { report: answer.report } : {});
