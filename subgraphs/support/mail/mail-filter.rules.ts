/** Incoming mails that no person wrote: they open no ticket and are not answered, so that two programs never answer each other. Pure. */

/** Reason for which a mail is ignored. */
export type IgnoredReason = 'own' | 'bounce' | 'automatic' | 'list' | 'rate' | 'duplicate';

export interface MailHead {
  /** The sender's address, in lower case. */
  readonly from: string;
  /** By name, in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const DAEMON = /^(mailer-daemon|postmaster)@/;

/** @param own the address of the support, in lower case. */
export function ignoredReason({ from, headers }: MailHead, own: string): IgnoredReason | undefined {
  const value = (name: string) => headers.get(name)?.trim().toLowerCase();
  if (from === own || value('x-loop') === own) return 'own';
  if (
    DAEMON.test(from) ||
    value('return-path') === '<>' ||
    value('content-type')?.startsWith('multipart/report') === true
  )
    return 'bounce';
  const submitted = value('auto-submitted');
  const precedence = value('precedence') ?? '';
  if ((submitted !== undefined && !/^no\b/.test(submitted)) || precedence === 'auto_reply')
    return 'automatic';
  if (headers.has('x-autoreply') || headers.has('x-autorespond')) return 'automatic';
  if (['bulk', 'junk', 'list'].includes(precedence) || headers.has('list-id')) return 'list';
  return undefined;
}

/** The ids in a header such as References, without their brackets. */
export function mailIds(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/<([^<>\s]{1,500})>/g)].map(([, id]) => id!);
}

/** The number of the ticket in a subject such as "Re: [T-42] The kettle leaks"; undefined without one. */
export function numberInSubject(subject: string): number | undefined {
  const number = /\[T-(\d{1,9})\]/.exec(subject)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** A subject without the prefixes of answers and forwards. */
export function bareSubject(subject: string): string {
  return subject.replace(/^(?:\s*(?:re|aw|fwd?|wg|sv|antw)\s*:)+/i, '').trim();
}
