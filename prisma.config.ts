/**
 * Settings of the Prisma CLI. Its native schema engine would be downloaded on first use; the stand-in named here runs the same
 * engine from an npm package instead, so that every command works where nothing but the package registry can be reached.
 */
import path from 'node:path';
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.resolve(
  __dirname,
  'tools/migrations/schema-engine/schema-engine.cjs',
);
process.env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';
process.env.CHECKPOINT_DISABLE ??= '1';

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  // `prisma generate` and `prisma migrate diff` between files need no database.
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
