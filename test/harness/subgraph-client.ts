/** A domain's subgraph alone, asked through its schema. */
import { graphql, type ExecutionResult } from 'graphql';
import type { Actor } from '#kernel/auth/actor';
import { buildSubgraph, type SubgraphModule } from '#kernel/graph/subgraph';
import type { TestDatabase } from './database';

/** Asks a subgraph. @param database answers the test's database, which exists only when the tests run. */
export function subgraphClient(module: SubgraphModule, database: () => TestDatabase) {
  let schema: ReturnType<typeof buildSubgraph> | undefined;

  async function run(actor: Actor, source: string, variables = {}): Promise<ExecutionResult> {
    schema ??= buildSubgraph(module);
    return graphql({
      schema,
      source,
      variableValues: variables,
      contextValue: database().contextFor(actor),
    });
  }

  /** The data, as a client gets it. */
  async function ask(actor: Actor, source: string, variables = {}): Promise<Record<string, unknown>> {
    const result = await run(actor, source, variables);
    expect(result.errors).toBeUndefined();
    return JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>;
  }

  /** The code of the error; the message of one without a code. */
  async function code(actor: Actor, source: string, variables = {}): Promise<unknown> {
    const [error] = (await run(actor, source, variables)).errors ?? [];
    return (error?.originalError as { code?: string } | undefined)?.code ?? error?.message;
  }

  return { run, ask, code };
}
