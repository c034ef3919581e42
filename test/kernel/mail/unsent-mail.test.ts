/** Mail without a mail server: in the log, to be read and clicked there, and in a file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '#kernel/clock';
import { readConfig } from '#kernel/config';
import { createIds } from '#kernel/ids';
import { createLogger } from '#kernel/log';
import { createMailer } from '#kernel/mail/mailer';

const folder = mkdtempSync(path.join(tmpdir(), 'pospro-mail-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has its text in the terminal as it was written, and whole in a file', async () => {
  const destination = new PassThrough();
  const log = createLogger({ level: 'info', pretty: true, destination });
  const config = readConfig({ DATA_DIR: folder });
  const mailer = createMailer({ config, log, clock: systemClock, ids: createIds(systemClock) });
  const text = 'Hello,\n\nhttp://localhost:8000/verify-email?token=t\n\nBye';
  await mailer.send({ to: 'a@shop.test', subject: 'Welcome', text });
  mailer.close();
  const printed = String(destination.read());
  expect(printed).toContain(`so this mail was not sent:\n${text}`);
  const [, file] = /"file":"([^"]+)"/.exec(printed)!;
  expect(readFileSync(file!, 'utf8')).toContain(text);
});
