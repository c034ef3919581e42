/** The script of GraphiQL's page. A build has it as a file already (tools/build/build-dist.ts), and needs no bundler. */
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';

export const PAGE_SCRIPT = {
  entryPoints: [path.join(__dirname, 'page.js')],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** Bundles the script with the WebSocket client. */
export async function readPageScript(): Promise<string> {
  const { outputFiles } = await build({ ...PAGE_SCRIPT, write: false });
  return outputFiles[0]!.text;
}
