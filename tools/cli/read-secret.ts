/** Reads a secret, which is never an argument: other users of the machine see arguments, and the shell keeps them. */
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { UsageError } from './errors';

/** Asks at a terminal, without showing the answer; otherwise reads the first line of the standard input. @throws UsageError */
export async function readSecret(question: string): Promise<string> {
  const secret = process.stdin.isTTY ? await ask(question) : (await text(process.stdin)).split(/\r?\n/)[0]!;
  if (secret === '')
    throw new UsageError('The password is empty. Type it, or send it as the standard input.');
  return secret;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
