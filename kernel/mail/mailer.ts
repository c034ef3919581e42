/** Sends mails: over SMTP if a server is configured, otherwise to the log and a folder. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import type { Services } from '../context';

/** One mail in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Language of the text, BCP 47. Optional; omitted for a text that a person wrote in any language. */
  readonly language?: string;
  /** Optional; defaults to the address of the platform. */
  readonly from?: string;
  /** With its brackets. Optional; defaults to a new one. */
  readonly messageId?: string;
  /** The mail that it answers, and all mails of its thread, with their brackets. */
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly MailAttachment[];
}

export interface MailAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface Mailer {
  /** @throws Error if the server rejected it; a retry may help. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Timeout of a silent server; the queue retries. */
const CONNECTION_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;

type MailServices = Pick<Services, 'config' | 'log' | 'clock' | 'ids'>;

/** The configured mailer. */
export function createMailer(services: MailServices): Mailer {
  const { smtpUrl } = services.config.mail;
  return smtpUrl === undefined ? folderMailer(services) : smtpMailer(services, smtpUrl);
}

/** Connects to a mail server and signs in, without sending anything. @throws Error if it rejects that. */
export async function checkMailServer(smtpUrl: string): Promise<void> {
  const transport = smtpTransport(smtpUrl);
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

function smtpMailer({ config }: MailServices, url: string): Mailer {
  const transport = smtpTransport(url);
  return {
    async send(mail) {
      await transport.sendMail({ from: config.mail.from, ...toSend(mail) });
    },
    close: () => transport.close(),
  };
}

function smtpTransport(url: string) {
  const address = new URL(url);
  const secure = address.protocol === 'smtps:';
  return createTransport({
    host: address.hostname,
    port: address.port === '' ? (secure ? 465 : 587) : Number(address.port),
    secure,
    // Passwords in a URL are percent-encoded.
    ...(address.username && {
      auth: { user: decodeURIComponent(address.username), pass: decodeURIComponent(address.password) },
    }),
    tls: { rejectUnauthorized: address.searchParams.get('tls') !== 'insecure' },
    pool: true,
    maxConnections: 2,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    // Nothing in a mail may make this process read files or fetch addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** The mail as nodemailer takes it: with lists that it may change. */
function toSend({ references = [], attachments = [], headers = {}, language, ...mail }: Mail) {
  return {
    ...mail,
    references: [...references],
    attachments: [...attachments],
    headers: { ...headers, ...(language !== undefined && { 'Content-Language': language }) },
  };
}

function folderMailer({ config, log, clock, ids }: MailServices): Mailer {
  const folder = path.join(config.dataDir, 'mail');
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    async send(mail) {
      const { message } = await transport.sendMail({
        from: config.mail.from,
        ...toSend(mail),
        date: clock.now(),
      });
      await mkdir(folder, { recursive: true });
      const file = path.join(folder, `${ids.next()}.eml`);
      // The mail may contain a link that opens an account, so only the owner of the folder may read it.
      await writeFile(`${file}.part`, message as Buffer, { mode: 0o600 });
      // It gets its name once it is complete, so that no reader sees half a mail.
      await rename(`${file}.part`, file);
      // The text belongs to the message: in a terminal a field has one line, and a link would run into the next word.
      log.info(
        { to: mail.to, subject: mail.subject, file },
        `no SMTP_URL is set, so this mail was not sent:\n${mail.text}`,
      );
    },
    close: () => transport.close(),
  };
}
