#!/usr/bin/env node
// The target of PRISMA_SCHEMA_ENGINE_BINARY: an executable with the schema engine's JSON-RPC. See engine.ts.
require('tsx/cjs');
require('./engine');
