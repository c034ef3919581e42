/** The executor alone, in this process, on the query of the public gateway benchmark. Bare is graphql-jit over one schema. */
import { deepStrictEqual } from 'node:assert';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper';
import { parse, type ExecutionResult } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { InProcessDataSource, type DataSource } from '#gateway/executor/data-source';
import { GraphGateway } from '#gateway/executor/index';
import { compose, executable } from '#test/gateway/executor/federated';
import { fixtureContext } from '#test/gateway/fixture-graph';
import type { Bench, Figures, Row } from '../row';
import { median, percentile } from '../statistics';
import { MONOLITH, QUERY, SUBGRAPHS } from './gateway-benchmark';

type Execute = () => Promise<ExecutionResult>;

const PAIRS = 3;
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n`;

interface Window {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly durations: readonly number[];
}

export const executor: Row = {
  name: 'executor',
  async measure({ seconds }: Bench) {
    const [ours, bare] = [federationExecutor(), monolithExecutor()];
    const [answer, bareAnswer] = [await ours(), await bare()];
    if (answer.errors ?? bareAnswer.errors)
      throw new Error(`Errors: ${JSON.stringify([answer.errors, bareAnswer.errors])}`);
    // As values: the members may be in another order.
    deepStrictEqual(JSON.parse(JSON.stringify(answer.data)), JSON.parse(JSON.stringify(bareAnswer.data)));
    const windows: { ours: Window[]; bare: Window[] } = { ours: [], bare: [] };
    for (const execute of [ours, bare]) await measureWindow(execute, seconds / 2);
    for (let pair = 0; pair < PAIRS; pair += 1) {
      windows.ours.push(await measureWindow(ours, seconds / PAIRS));
      windows.bare.push(await measureWindow(bare, seconds / PAIRS));
    }
    const [oursFigures, bareFigures] = [summarize(windows.ours), summarize(windows.bare)];
    return [
      {
        name: 'executor',
        title: "executor on the public gateway benchmark's query",
        clients: 1,
        unit: 'operations',
        ours: oursFigures,
        bare: bareFigures,
        ratio: oursFigures.perSecond! / bareFigures.perSecond!,
        more: { 'answer, bytes': JSON.stringify(answer.data).length },
        targets: [{ figure: 'p50Ms', maximum: 0.4 }],
      },
    ];
  },
};

function federationExecutor(): Execute {
  const sources = new Map<string, DataSource>();
  for (const [name, { typeDefs, resolvers }] of Object.entries(SUBGRAPHS)) {
    const parts = { typeDefs: parse(LINK + typeDefs), resolvers: resolvers as GraphQLResolverMap<unknown> };
    sources.set(name, new InProcessDataSource(name, buildSubgraphSchema([parts])));
  }
  const gateway = new GraphGateway({ supergraphSdl: compose(SUBGRAPHS), sources });
  const request = { document: parse(QUERY), documentKey: QUERY, context: fixtureContext() };
  return () => gateway.execute(request);
}

function monolithExecutor(): Execute {
  const compiled = compileQuery(executable(MONOLITH), parse(QUERY));
  if (!isCompiledQuery(compiled)) throw new Error('graphql-jit cannot compile the query.');
  return () => Promise.resolve(compiled.query({}, {}, {}));
}

async function measureWindow(execute: Execute, seconds: number): Promise<Window> {
  const durations: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  for (let now = start; now < end;) {
    await execute();
    const after = performance.now();
    durations.push(after - now);
    now = after;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (durations.length * 1000) / (performance.now() - start),
    cpuMs: (user + system) / 1000 / durations.length,
    durations,
  };
}

function summarize(windows: readonly Window[]): Figures {
  const durations = windows.flatMap((window) => window.durations);
  return {
    perSecond: median(windows.map(({ perSecond }) => perSecond)),
    nodeCpuMs: median(windows.map(({ cpuMs }) => cpuMs)),
    p50Ms: percentile(durations, 0.5),
    p95Ms: percentile(durations, 0.95),
    p99Ms: percentile(durations, 0.99),
  };
}
