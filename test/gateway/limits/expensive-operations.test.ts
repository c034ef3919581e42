/** Dear operations wait in line: so many at once, so many of one caller, and whoever comes to a full line is told when to come again. */
import { readFileSync } from 'node:fs';
import { parse, type ExecutionResult } from 'graphql';
import { GraphGateway } from '#gateway/executor/index';
import { CostModel } from '#gateway/limits/cost';
import { limitExpensiveOperations } from '#gateway/limits/expensive-operations';
import { SUPERGRAPH_FILE } from '#gateway/supergraph';
import type { RequestContext } from '#kernel/context';
import type { GraphRequest } from '#kernel/graph/executor';

const gateway = new GraphGateway({
  supergraphSdl: readFileSync(SUPERGRAPH_FILE, 'utf8'),
  sources: new Map(),
});
const cost = new CostModel(gateway.apiSchema, gateway.supergraph);
const DEAR = parse('query ($size: Int) { products(size: $size) { items { id } } }');

/** A context of a caller at an address. */
const contextOf = (address: string) =>
  ({ actor: { kind: 'anonymous' }, request: { address, requestId: 'r' } }) as RequestContext;

/** An executor whose operations end when the test says so. */
function gated() {
  const running: (() => void)[] = [];
  const execute = limitExpensiveOperations(
    () => new Promise<ExecutionResult>((resolve) => running.push(() => resolve({ data: {} }))),
    cost,
  );
  const ask = (context: RequestContext, size = 500) =>
    execute({ document: DEAR, documentKey: 'dear', variables: { size }, context } satisfies GraphRequest);
  const finishAll = async () => {
    for (let idle = 0; idle < 3; idle += running.length === 0 ? 1 : 0) {
      running.splice(0).forEach((finish) => finish());
      await new Promise(setImmediate);
    }
  };
  return { running, ask, finishAll };
}

const codes = (results: readonly ExecutionResult[]) =>
  results.map(({ errors }) => errors?.[0]!.extensions.code ?? 'ok');
const many = <Value>(count: number, make: (index: number) => Value) =>
  Array.from({ length: count }, (_, index) => make(index));

it('runs two of one caller at once, lets twenty wait, and refuses the others with the time to come again', async () => {
  const { running, ask, finishAll } = gated();
  const asked = many(30, () => ask(contextOf('192.0.2.1')));
  await new Promise(setImmediate);
  expect(running).toHaveLength(2);
  const refused = await Promise.all(asked.slice(22));
  expect(refused[0]!.errors![0]!.extensions).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfter: 5,
    retry: true,
  });
  await finishAll();
  expect(codes(await Promise.all(asked))).toEqual([
    ...many(22, () => 'ok'),
    ...many(8, () => 'RATE_LIMITED'),
  ]);
});

it('runs four in all, and refuses only where two hundred wait', async () => {
  const { running, ask, finishAll } = gated();
  const asked = many(110, (index) => many(2, () => ask(contextOf(`192.0.2.${index}`)))).flat();
  await new Promise(setImmediate);
  expect(running).toHaveLength(4);
  await finishAll();
  const ends = codes(await Promise.all(asked));
  expect(ends.filter((end) => end === 'ok')).toHaveLength(204);
  expect(ends.filter((end) => end === 'UNAVAILABLE')).toHaveLength(16);
});

it('does not keep cheap operations waiting', async () => {
  const { running, ask, finishAll } = gated();
  const asked = many(10, () => ask(contextOf('192.0.2.1'), 5));
  expect(running).toHaveLength(10);
  await finishAll();
  expect(codes(await Promise.all(asked))).toEqual(many(10, () => 'ok'));
});

it('lets a request go on that has begun, however many came meanwhile', async () => {
  const { running, ask, finishAll } = gated();
  const context = contextOf('192.0.2.1');
  const first = ask(context);
  running.splice(0).forEach((finish) => finish());
  await first;
  const others = many(22, () => ask(contextOf('192.0.2.1')));
  const next = ask(context);
  await finishAll();
  expect(codes([...(await Promise.all(others)), await next])).toEqual(many(23, () => 'ok'));
});
