/**
 * `npm run build:web`: builds the pages of web/ into web/dist, which the server serves. It runs after an installation, too.
 *
 * With `--if-present` an installation without the sources of the pages, or without the packages of development, goes on: the first is a
 * step of an image, the second gets the built files with the package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..');
const VITE = path.join(ROOT, 'node_modules/vite/bin/vite.js');
const SETTINGS = path.join(ROOT, 'web/vite.config.mts');

/**
 * Builds the pages in a process of their own, as the bundler is an ES module.
 * @param folder optional; defaults to web/dist. What it has is deleted.
 * @throws Error if it fails.
 */
export function buildWeb(folder: string = path.join(ROOT, 'web/dist')): void {
  const { status } = spawnSync(
    process.execPath,
    [VITE, 'build', '--config', SETTINGS, '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir'],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } },
  );
  if (status !== 0) throw new Error('The pages of web/ were not built.');
  writeFileSync(path.join(folder, 'documents.graphql'), operationsOfPages());
}

/** The operations that the pages send: a server that admits trusted documents alone trusts them. */
function operationsOfPages(): string {
  const web = path.join(ROOT, 'web');
  return readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.graphql') && !name.startsWith('dist'))
    .sort()
    .map((name) => readFileSync(path.join(web, name), 'utf8'))
    .join('\n');
}

if (require.main === module) {
  const missing = [VITE, SETTINGS].filter((file) => !existsSync(file));
  if (missing.length > 0 && process.argv.includes('--if-present')) {
    const names = missing.map((file) => path.relative(ROOT, file)).join(', ');
    console.log(`The pages are not built here, without ${names}.`);
  } else {
    buildWeb();
  }
}
