/**
 * Replaces Prisma's native `schema-engine` program: the same JSON-RPC over standard input and output, served by
 * the same engine compiled to WebAssembly (@prisma/schema-engine-wasm) over the pg driver. Nothing is
 * downloaded.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { adapterFactory, checkConnection, ensureDatabase } from './connection';
import { createMigration, evaluateDataLoss, type MigrationRequest } from './history';
import { lastPanic, loadEngine, type Engine } from './wasm';

interface Request {
  id: number;
  /** Absent in the CLI's replies to our own `print` requests. */
  method?: string;
  params: Record<string, unknown>;
}

const PARSE_OPTIONS = {
  args: process.argv.slice(2),
  strict: false,
  allowPositionals: true,
  options: { datamodels: { type: 'string', multiple: true }, datasource: { type: 'string' } },
} as const;

function write(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The form in which the CLI expects errors of the `cli` sub-commands on standard error. */
function logError(errorCode: string, message: string): void {
  const fields = { message, error_code: errorCode, is_panic: false };
  const entry = {
    timestamp: new Date().toISOString(),
    level: 'ERROR',
    fields,
    target: 'schema_engine::logger',
  };
  process.stderr.write(`${JSON.stringify(entry)}\n`);
}

/** `cli --datasource … can-connect-to-database | create-database`: its exit code is the answer. */
async function runSubcommand(command: string, url: string): Promise<number> {
  try {
    await (command === 'create-database' ? ensureDatabase(url) : checkConnection(url));
    return 0;
  } catch (error) {
    const unknownDatabase = (error as { code?: string }).code === '3D000';
    logError(unknownDatabase ? 'P1003' : 'P1001', (error as Error).message || String(error));
    return 1;
  }
}

async function answer(engine: Engine, request: Request, url: string | undefined): Promise<unknown> {
  const { params } = request;
  const method = request.method ?? '';
  switch (method) {
    case 'createDatabase':
      return ensureDatabase(url ?? '');
    case 'ensureConnectionValidity':
      await checkConnection(url ?? '');
      return {};
    case 'getDatabaseVersion':
      return engine.call('version', params);
    case 'evaluateDataLoss':
      return evaluateDataLoss(engine, params as unknown as MigrationRequest);
    case 'createMigration':
      return createMigration(engine, params as unknown as MigrationRequest);
    case 'diff': {
      const result = (await engine.call('diff', params)) as { stdout?: string };
      if (result.stdout) {
        write({
          jsonrpc: '2.0',
          id: `print-${request.id}`,
          method: 'print',
          params: { content: result.stdout },
        });
      }
      return result;
    }
    default:
      return (await engine.call(method, params)) ?? {};
  }
}

function describeError(error: unknown): Record<string, unknown> {
  const { message, code, meta } = error as { message?: string; code?: string; meta?: unknown };
  const data = {
    is_panic: false,
    message: message ?? String(error),
    backtrace: null,
    meta: meta ?? null,
    error_code: code,
  };
  return { code: 4466, message: 'An error happened. Check the data field for details.', data };
}

/** The request that is being answered. */
let current: Request | undefined;

/** A panic inside the engine surfaces outside the call that caused it. */
process.on('uncaughtException', (error) => {
  const panic = lastPanic();
  const failure = panic === undefined ? error : new Error(`The schema engine panicked: ${panic}`);
  if (current) write({ jsonrpc: '2.0', id: current.id, error: describeError(failure) });
  else logError('P1000', failure.message);
  process.exitCode = 1;
});

async function serve(datamodels: readonly string[], url: string | undefined): Promise<void> {
  const files = datamodels.map((file): [string, string] => [file, readFileSync(file, 'utf8')]);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const request = JSON.parse(line) as Request;
    if (!request.method) continue;
    current = request;
    try {
      // An engine is bound to the state of the database that it found first, so every request gets its own.
      const engine = await loadEngine(files, adapterFactory(url));
      write({ jsonrpc: '2.0', id: request.id, result: await answer(engine, request, url) });
    } catch (error) {
      write({ jsonrpc: '2.0', id: request.id, error: describeError(error) });
    }
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs(PARSE_OPTIONS);
  if (process.argv.includes('--version')) {
    process.stdout.write('schema-engine-cli wasm\n');
    return 0;
  }
  const source = JSON.parse(typeof values.datasource === 'string' ? values.datasource : '{}') as {
    url?: string;
  };
  // The CLI passes an empty text if the configuration has no database.
  const url = [source.url, process.env.DATABASE_URL].find((text) => text !== undefined && text !== '');
  if (positionals[0] === 'cli') return runSubcommand(positionals.at(-1) ?? '', url ?? '');
  await serve(
    (values.datamodels ?? []).filter((file) => typeof file === 'string'),
    url,
  );
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    logError('P1000', error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
