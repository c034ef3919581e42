/** Builds the pages (`npm run build:web`), and serves them to those who change them (`npx vite --config web/vite.config.mts`). */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vite';

const ROOT = import.meta.dirname;
const SERVER = 'http://localhost:8000';

/** A page is a folder with an index.html; its sw.ts, if there is one, is its service worker. */
const pages = readdirSync(ROOT).filter((name) => existsSync(path.join(ROOT, name, 'index.html')));
const workers = pages.filter((name) => existsSync(path.join(ROOT, name, 'sw.ts')));

const entry = (output: string, ...source: string[]): [string, string] => [output, path.join(ROOT, ...source)];

export default defineConfig({
  root: ROOT,
  publicDir: path.join(ROOT, 'public'),
  build: {
    outDir: path.join(ROOT, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // The policy of the pages allows files alone, no data in addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: Object.fromEntries([
        ...pages.map((name) => entry(name, name, 'index.html')),
        ...workers.map((name) => entry(`${name}/sw`, name, 'sw.ts')),
      ]),
      output: {
        // The address of a service worker stays the same; all others have a hash of their content.
        entryFileNames: ({ name }) => (name.endsWith('/sw') ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: {
    proxy: {
      '/graphql': { target: SERVER, ws: true },
      '/pages.json': SERVER,
      '/media': SERVER,
    },
  },
});
