/** The entry of `npm start`: reads the settings, starts the platform, prints the start screen, and stops in order. */
import './environment';
import { createServer } from 'node:net';
import { readConfig, type Config } from '#kernel/config';
import { createLogger } from '#kernel/log';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import { explain } from './startup-errors';
import { withKeptSecret } from './first-start';
import { stopOnSignals } from './stop-on-signals';
import { welcome } from './startup-banner';
import { startPlatform, type Platform } from './platform';

const say = (line: string) => process.stdout.write(`${line}\n`);

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

main().catch((error: unknown) => {
  const { lines, exitCode } = explain(error, Boolean(process.env.DATABASE_URL));
  process.stderr.write(`\n${lines}\n`);
  process.exit(exitCode);
});
