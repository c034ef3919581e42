#!/usr/bin/env node
// What PRISMA_SCHEMA_ENGINE_BINARY points to: an executable that speaks the schema engine's JSON-RPC. See engine.ts.
require('tsx/cjs');
require('./engine');
