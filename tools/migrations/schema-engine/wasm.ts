import { readFileSync } from 'node:fs';
import type { ErrorCapturingSqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/** The schema engine: methods by name, as in Prisma's JSON-RPC. */
export interface Engine {
  call(method: string, params: unknown): Promise<unknown>;
}

/**
 * The part of the runtime's WebAssembly that is used here; Node's type package leaves its declaration to the
 * DOM library.
 */
declare const WebAssembly: {
  instantiate(
    source: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

interface Bindings {
  __wbg_set_wasm(exports: Record<string, unknown>): void;
  SchemaEngine: {
    new: (
      options: { datamodels: [string, string][] | undefined },
      log: (message: string) => void,
      adapter: ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
    ) => Promise<Record<string, (params: unknown) => Promise<unknown>>>;
  };
}

const wasm = bindings as unknown as Bindings;
let compiled = false;

/** The place of a panic's message: the panic itself surfaces only as "unreachable", past every catch. */
let panicMessage: string | undefined;
Object.assign(globalThis, {
  PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => (panicMessage = message) },
});

/** The message of the engine's panic, if any. */
export function lastPanic(): string | undefined {
  return panicMessage;
}

/** The package expects a bundler to link its module; this code does it once. */
async function compile(): Promise<void> {
  if (compiled) return;
  const file = require
    .resolve('@prisma/schema-engine-wasm')
    .replace(/schema_engine\.js$/, 'schema_engine_bg.wasm');
  const { instance } = await WebAssembly.instantiate(readFileSync(file), {
    './schema_engine_bg.js': bindings,
  });
  wasm.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  compiled = true;
}

/** @param files the schema files, name and content. */
export async function loadEngine(
  files: [string, string][],
  adapter: ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
): Promise<Engine> {
  await compile();
  const datamodels = files.length > 0 ? files : undefined;
  const engine = await wasm.SchemaEngine.new({ datamodels }, () => undefined, adapter);
  return {
    call(method, params) {
      const call = engine[method]?.bind(engine);
      if (!call) throw new Error(`The schema engine has no method "${method}".`);
      return call(params);
    },
  };
}
