/** The entry of `npm start`: reads the settings, starts the platform, prints the start screen, and stops in order. */
import './environment';
import cluster from 'node:cluster';
import { createServer } from 'node:net';
import { readConfig, type Config } from '#kernel/config';
import { createLogger, type Logger } from '#kernel/log';
import { mountRest } from '#sofa/index';
import { subgraphs } from '#subgraphs/list';
import { Ends } from './ends';
import { prepareDatabase, type FoundationOptions } from './foundation';
import { followFirstProcess, ProcessGroup, reportReady } from './process-group';
import { endFailedStart } from './startup-errors';
import { withKeptSecret } from './first-start';
import { stopOnSignals } from './stop-on-signals';
import { openTracing } from './tracing/open-traces';
import { longestCloseMs } from './stop-times';
import { welcome } from './startup-banner';
import { startPlatform, type Platform } from './platform';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Only a first start needs the demo shop. */
const seedDemo: NonNullable<FoundationOptions['seedDemo']> = async (...given) =>
  (await import('#demo/index')).seedDemo(...given);

const onProgress = (message: string) => say(`  ${message.replace(/ ?…$/, '')} …`);

async function main(): Promise<void> {
  const started = performance.now();
  const env = withKeptSecret(process.env);
  const config = readConfig(env);
  const single = cluster.isPrimary;
  // The first of several processes serves no requests.
  const tracing = single && config.processes > 1 ? undefined : await openTracing(config);
  const log = createLogger({ level: config.logLevel, pretty: !config.production, tracing });
  if (single) await requireFreePort(config);
  if (single && config.processes > 1) {
    await runSeveral(config, env, log);
    return;
  }
  if (!single) followFirstProcess();
  const stopper = stopOnSignals(log, single ? undefined : ['SIGTERM']);
  const platform = await stopper.during(
    startPlatform({
      config,
      subgraphs,
      mountRest,
      log,
      tracing,
      onStoppable: stopper.arm,
      ...(single && { seedDemo, onProgress }),
    }),
  );
  await listen(platform);
  const port = portOf(platform, config);
  if (!single) {
    reportReady(port);
    return;
  }
  const seconds = (performance.now() - started) / 1000;
  say(welcome({ config, port, seconds, dataLocation: platform.dataLocation }));
}

/** Prepares the database, and starts the processes that serve. */
async function runSeveral(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<void> {
  const started = performance.now();
  const stopper = stopOnSignals(log);
  const ends = new Ends(log);
  stopper.arm(() => ends.run());
  const start = async () => {
    const { url, dataLocation } = await prepareDatabase(
      { config, subgraphs, log, seedDemo, onProgress },
      log,
      ends,
    );
    onProgress(`Starting ${config.processes} processes`);
    const group = new ProcessGroup({
      count: config.processes,
      envOf: (number) => ({
        ...(env.JWT_SECRET !== undefined && { JWT_SECRET: env.JWT_SECRET }),
        DATABASE_URL: url,
        DATABASE_POOL_SIZE: String(poolSizeOf(config)),
        // The first process has made the demo shop; the others show its logins and lead to its pages.
        DEMO: String(config.demo),
        PROCESSES: '1',
        PROCESS_NUMBER: String(number),
      }),
      closeMs: longestCloseMs(config),
      log,
    });
    ends.add('processes', () => group.stop());
    return { port: await group.start(), dataLocation };
  };
  const { port, dataLocation } = await stopper.during(start()).catch(async (error: unknown) => {
    await ends.run();
    throw error;
  });
  say(welcome({ config, port, seconds: (performance.now() - started) / 1000, dataLocation }));
}

/** Connections of the embedded PostgreSQL that requests may have, of a hundred: as many again are for reports and background work. */
const EMBEDDED_CONNECTIONS = 40;

/** Connections of each process: of a configured database as set, of the embedded one a part of those that it has. */
function poolSizeOf({ databaseUrl, poolSize, processes }: Config): number {
  if (databaseUrl !== undefined) return poolSize;
  return Math.min(poolSize, Math.max(2, Math.floor(EMBEDDED_CONNECTIONS / processes)));
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

main().catch(endFailedStart);
