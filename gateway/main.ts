/** The entry of `npm start`: reads the settings, starts the platform, prints the start screen, and stops in order. */
import './environment';
import { createServer } from 'node:net';
import { readConfig, type Config } from '#kernel/config';
import { createLogger, type Logger } from '#kernel/log';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import { EXIT_FAILED, explain } from './startup-errors';
import { withKeptSecret } from './first-start';
import { welcome } from './startup-banner';
import { startPlatform, type Platform } from './platform';

/** Time after a signal in which the same one is an echo. */
const ECHO_MS = 500;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const started = performance.now();
  const config = readConfig(withKeptSecret(process.env));
  const log = createLogger({ level: config.logLevel, pretty: !config.production });
  await requireFreePort(config);
  const stopper = stopOnSignals(log);
  const platform = await stopper.during(
    startPlatform({
      config,
      subgraphs,
      mountRest,
      log,
      onProgress: (message) => say(`  ${message.replace(/ ?…$/, '')} …`),
      onStoppable: stopper.arm,
      // Only a first start needs the demo shop.
      seedDemo: async (...given) => (await import('#demo/index')).seedDemo(...given),
    }),
  );
  await listen(platform);
  const port = portOf(platform, config);
  const seconds = (performance.now() - started) / 1000;
  say(welcome({ config, port, seconds, dataLocation: platform.dataLocation }));
}

/** Another program may have taken the port during the preparation; then the prepared platform is stopped first. */
async function listen(platform: Platform): Promise<void> {
  try {
    await platform.listen();
  } catch (error) {
    await platform.stop();
    throw error;
  }
}

function portOf(platform: Platform, config: Config): number {
  const address = platform.app.server.address();
  return typeof address === 'object' && address ? address.port : config.port;
}

/** Checked before the long preparation: a busy port should be reported immediately. */
function requireFreePort({ host, port }: Config): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

interface Stopper {
  /** Receives the function that stops the platform. */
  readonly arm: (stop: () => Promise<void>) => void;
  /** Waits for the start; a start aborted by a signal never returns, since the process ends. */
  readonly during: (start: Promise<Platform>) => Promise<Platform>;
}

/** The first Ctrl-C stops in order, whether the start is complete or not; the second stops immediately. */
function stopOnSignals(log: Logger): Stopper {
  let stop = () => Promise.resolve();
  let starting: Promise<unknown> = Promise.resolve();
  let since: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (since !== undefined) {
      // npm and tsx forward the signal that the terminal has already sent to all processes, so one Ctrl-C may
      // arrive three times.
      if (performance.now() - since < ECHO_MS) return;
      complain('Stopped at once.');
      process.exit(EXIT_FAILED);
    }
    since = performance.now();
    if (signal === 'SIGINT') say('\nStopping … (Ctrl-C again stops at once)');
    // A running start fails once its database is stopped, and may have started services until then.
    const settled = () => starting.then(stop, stop);
    stop()
      .then(settled)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'the platform did not stop in order');
          process.exit(EXIT_FAILED);
        },
      );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return {
    arm: (given) => (stop = given),
    during: (start) => {
      starting = start;
      return start.catch((error: unknown) =>
        since === undefined ? Promise.reject(error as Error) : new Promise<Platform>(() => undefined),
      );
    },
  };
}

main().catch((error: unknown) => {
  const { lines, exitCode } = explain(error, Boolean(process.env.DATABASE_URL));
  complain(`\n${lines}`);
  process.exit(exitCode);
});
