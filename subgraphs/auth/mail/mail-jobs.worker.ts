/**
 * E-mails to users. A job is written in the transaction of the operation that causes it and sent after the commit, by the process
 * that claims it first. The text, with its secret, is made at that moment. So no transaction waits for a mail server, no e-mail is
 * lost if a process dies, and no secret is stored in the queue.
 */
import { systemContext, type Services } from '#kernel/context';
import { sql, type Database, type Transaction } from '#kernel/db/database';
import { DATABASE_NOW, databaseTimeIn } from '#kernel/db/database-clock';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { createMailer, type Mail, type Mailer } from '#kernel/mail/mailer';
import { documentLanguage } from '#kernel/messages/messages.rules';
import { mailText, type MailKind } from './mail-texts.rules';
import { issueToken } from '../user-tokens';
import { mailJobs } from '../tables.generated';

/** Half a minute after the first failure, then twice as long each time: the last attempt is made after some four hours. */
const FIRST_PAUSE_MS = 30_000;
const MAX_ATTEMPTS = 10;
/** Time for which a job belongs to the process that claimed it; longer than the timeout of a mail server. */
const CLAIM_MS = 120_000;
const POLL_MS = 5_000;

const UNTIMED = mailJobs.omit('dueAt');

/** Queues an e-mail. Call `wakeMail` after the commit, so that it is sent immediately. */
export async function queueMail(tx: Transaction, id: string, userId: string, kind: MailKind): Promise<void> {
  const job = { id, organizationId: tx.organizationId, userId, kind, createdAt: tx.now };
  await tx.run(sql`
    insert into mail_jobs (${UNTIMED.columns}, due_at) values (${UNTIMED.parameters(job)}, ${DATABASE_NOW})`);
}

const listeners = new WeakMap<Database, () => void>();

/** Makes this process look for queued e-mails now. */
export function wakeMail({ database }: Pick<Services, 'database'>): void {
  listeners.get(database)?.();
}

interface Job {
  id: string;
  organizationId: string;
  userId: string;
  kind: MailKind;
  attempts: number;
}

/** Sends all due e-mails. @returns how many were sent. */
export async function deliverMails(services: Services, mailer: Mailer): Promise<number> {
  let sent = 0;
  for (;;) {
    const job = await claimJob(services);
    if (!job) return sent;
    if (await deliver(services, mailer, job)) sent += 1;
  }
}

async function claimJob({ database }: Services): Promise<Job | undefined> {
  return database.system.maybeOne<Job>(sql`
    update mail_jobs set attempts = attempts + 1, due_at = ${databaseTimeIn(CLAIM_MS)}
    where id = (select id from mail_jobs where due_at <= ${DATABASE_NOW} order by due_at, id limit 1 for update skip locked)
    returning id, organization_id, user_id, kind, attempts`);
}

async function deliver(services: Services, mailer: Mailer, job: Job): Promise<boolean> {
  try {
    const mail = await compose(services, job);
    if (mail) await mailer.send(mail);
    await services.database.system.run(sql`delete from mail_jobs where id = ${job.id}`);
    return mail !== undefined;
  } catch (error) {
    await retryLater(services, job, error);
    return false;
  }
}

async function retryLater(
  { database, log }: Services,
  { id, kind, attempts }: Job,
  error: unknown,
): Promise<void> {
  if (attempts >= MAX_ATTEMPTS) {
    log.error({ err: error, mail: id, kind, attempts }, 'a mail could not be sent and is given up');
    await database.system.run(sql`delete from mail_jobs where id = ${id}`);
    return;
  }
  const pause = FIRST_PAUSE_MS * 2 ** (attempts - 1);
  log.warn(
    { err: error, mail: id, kind, attempts },
    `a mail could not be sent; it is tried again in ${pause / 1000} seconds`,
  );
  await database.system.run(sql`update mail_jobs set due_at = ${databaseTimeIn(pause)} where id = ${id}`);
}

/** A user, with the languages of the branch and of the organization. */
interface MailedUser {
  id: string;
  email: string;
  name: string;
  organizationName: string;
  branchLanguage: string | null;
  defaultLanguage: string;
}

/** The e-mail of a job; undefined if the user has been disabled. */
async function compose(services: Services, job: Job): Promise<Mail | undefined> {
  // The operation that caused the e-mail has its own audit entry; the code in the e-mail needs none.
  const ctx = systemContext(services, job.organizationId, { address: 'platform', recorded: false });
  return transact(ctx, async (tx) => {
    const user = await tx.maybeOne<MailedUser>(sql`
      select u.id, u.email, u.name, o.name as organization_name, o.default_language, b.language as branch_language
      from users u join organizations o on o.id = u.organization_id left join branches b on b.id = u.branch_id
      where u.id = ${job.userId} and u.disabled_at is null`);
    if (!user) return undefined;
    const language = documentLanguage([user.branchLanguage, user.defaultLanguage]);
    const token = job.kind === 'account_locked' ? '' : await issueToken(tx, ctx.ids.next(), user, job.kind);
    return mailText(job.kind, { ...user, language, publicUrl: services.config.publicUrl }, token);
  });
}

/** Starts sending queued e-mails. @returns a function that stops it, after the e-mail in progress is sent. */
export function startMail(services: Services): Stop {
  const mailer = createMailer(services);
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    do {
      again = false;
      try {
        await deliverMails(services, mailer);
      } catch (error) {
        services.log.warn({ err: error }, 'the queue of mails could not be read');
      }
    } while (again && !stopped);
    running = undefined;
  };
  const wake = () => {
    if (stopped) return;
    again = true;
    running ??= run();
  };
  listeners.set(services.database, wake);
  const timer = setInterval(wake, POLL_MS);
  timer.unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    listeners.delete(services.database);
    await running;
    mailer.close();
  };
}
