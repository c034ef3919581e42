#!/usr/bin/env node
/** The command `pospro` of the source tree, which runs the TypeScript sources. The build has it as dist/pospro.js. */
import 'tsx';
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./main.ts');
