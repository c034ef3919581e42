import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { PosProError } from '#kernel/errors';
import { createLogger } from '#kernel/log';

function linesOf(error: Error): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  createLogger({ level: 'info', pretty: false, destination }).warn(
    { err: error },
    'the outbox could not be read',
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('has a busy database as a message with its reason, without stacks', () => {
  const cause = new Error('canceling statement due to lock timeout');
  const busy = new PosProError('UNAVAILABLE', 'The database is temporarily overloaded.', { cause });
  expect(linesOf(busy)).toEqual([
    expect.objectContaining({
      msg: 'the outbox could not be read',
      err: 'The database is temporarily overloaded. (canceling statement due to lock timeout)',
    }),
  ]);
  const alone = new PosProError('UNAVAILABLE', 'The database is temporarily overloaded.');
  expect(linesOf(alone)[0]!.err).toBe('The database is temporarily overloaded.');
});

it('has a line in the terminal, too', async () => {
  const terminal = new PassThrough();
  const log = createLogger({ level: 'info', pretty: true, destination: terminal });
  const cause = new Error('canceling statement due to lock timeout');
  const err = new PosProError('UNAVAILABLE', 'The database is temporarily overloaded.', { cause });
  log.warn({ err, retryAfterSeconds: 30 }, 'partitions could not be created; it is tried again');
  const [written] = (await once(terminal, 'data')) as [Buffer];
  expect(written.toString().trimEnd().split('\n')).toEqual([
    expect.stringMatching(
      /WARN.*: partitions could not be created; it is tried again (?=.*lock timeout).*"retryAfterSeconds":30/,
    ),
  ]);
});

it('has any other error with its stack', () => {
  const [line] = linesOf(new TypeError('x is not a function'));
  expect(line!.err).toMatchObject({
    type: 'TypeError',
    message: 'x is not a function',
    stack: expect.stringContaining('log.test.ts') as string,
  });
});
