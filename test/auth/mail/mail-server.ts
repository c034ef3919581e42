/** A real SMTP server that keeps the mails that it gets. */
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

export interface Received {
  readonly from: string;
  readonly to: string[];
  /** The whole message, headers included, with the soft line breaks of quoted-printable undone. */
  readonly text: string;
}

export interface TestMailServer {
  readonly port: number;
  readonly received: Received[];
  /** Refuses the next mails for now, as a busy server does. */
  refuse(count: number): void;
  /** Waits for a mail that matches. */
  mailTo(address: string, subject: RegExp): Promise<Received>;
  close(): Promise<void>;
}

/** Starts a server on a free port. @param auth the name and the password that it asks for. */
export async function startMailServer(auth?: { user: string; password: string }): Promise<TestMailServer> {
  const received: Received[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    hideSTARTTLS: true,
    authOptional: !auth,
    onAuth(given, _session, done) {
      if (given.username === auth?.user && given.password === auth?.password)
        done(null, { user: given.username });
      else done(new Error('wrong password'));
    },
    onMailFrom(_address, _session, done) {
      const busy = refusals > 0 ? Object.assign(new Error('busy'), { responseCode: 451 }) : undefined;
      refusals = Math.max(0, refusals - 1);
      done(busy);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const text = plain(Buffer.concat(chunks).toString());
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text,
        });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as { port: number };
  return {
    port,
    received,
    refuse: (count) => (refusals = count),
    async mailTo(address, subject) {
      for (let look = 0; look < 200; look += 1) {
        const found = received.find(({ to, text }) => to.includes(address) && subject.test(text));
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no mail to ${address} like ${String(subject)} among ${received.length}`);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Undoes quoted-printable as far as these mails need it. */
export function plain(message: string): string {
  return message
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** The code in a mail. */
export function tokenIn(text: string): string {
  const token = /\b(pospro_(?:pw|ev)_[\w-]{43})/.exec(text)?.[1];
  if (!token) throw new Error(`no code in ${text}`);
  return token;
}
