/**
 * Tests run on the TypeScript sources through swc. Domains are tested against a real PostgreSQL: one embedded cluster for the
 * whole run, one database per test file (test/harness/database.ts). TEST_DATABASE_URL names another server to use.
 */

/** Packages that ship ES modules only; jest's require() needs them rewritten to CommonJS. */
const ES_MODULES_ONLY = [
  '@bsull',
  '@formatjs',
  'content-disposition',
  'get-east-asian-width',
  'sql-template-tag',
  'uuidv7',
  '@redocly',
  '@scure',
  '@noble',
  'qr',
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/harness/environment.js',
  runtime: '<rootDir>/test/harness/runtime.js',
  globalSetup: '<rootDir>/test/harness/global-setup.ts',
  setupFiles: ['<rootDir>/test/harness/record-statements.ts'],
  globalTeardown: '<rootDir>/test/harness/global-teardown.ts',
  testSequencer: '<rootDir>/test/harness/sequencer.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.m?[tj]s$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES_ONLY.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/.pospro/', '<rootDir>/dist/'],
  maxWorkers: 2,
  // A worker keeps something of every file it has run. One that has grown is replaced, so that the run stays small and ends by itself.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
};
