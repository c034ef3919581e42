/** The entry of `npm run subgraph -- <name> …`: serves these subgraphs to a gateway that runs in another process. */
import './environment';
import { readConfig } from '#kernel/config';
import { createLogger } from '#kernel/log';
import { subgraphs } from '#subgraphs/list';
import { startSubgraphs } from './remote/subgraph-process';
import { endFailedStart } from './startup-errors';
import { stopOnSignals } from './stop-on-signals';
import { openTracing } from './tracing/open-traces';

/** Beside a gateway on the same machine, which has 8000. */
const DEFAULT_PORT = '4001';

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const config = readConfig({ PORT: DEFAULT_PORT, ...process.env });
  const tracing = await openTracing(config);
  const log = createLogger({ level: config.logLevel, pretty: !config.production, tracing });
  const stopper = stopOnSignals(log);
  const started = await stopper.during(
    startSubgraphs({ config, subgraphs, names, log, tracing, onStoppable: stopper.arm }),
  );
  const address = await started.listen();
  const urls = names.map((name) => `${name}=${address}/${name}`).join(',');
  process.stdout.write(`\nServing ${names.join(', ')}. For the gateway: SUBGRAPH_URLS=${urls}\n`);
}

main().catch(endFailedStart);
