/** A process that owns an embedded database until it is killed: `owner.ts <data folder>` prints the database's address. */
import { pino } from 'pino';
import { startEmbedded } from '#kernel/db/embedded/index';

async function main(dataDir: string): Promise<void> {
  const { url } = await startEmbedded({ dataDir, log: pino({ level: 'silent' }), fast: true });
  process.stdout.write(url);
  setInterval(() => undefined, 60_000);
}

void main(process.argv[2]!);
