/** Small federations for tests: subgraphs as texts with resolvers, composed and carried out in this process. */
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  buildSchema,
  parse,
  validate,
  type ExecutionResult,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { GraphGateway } from '#gateway/executor/index';
import { InProcessDataSource, type DataSource, type SubgraphRequest } from '#gateway/executor/data-source';
import { fixtureContext } from '#test/gateway/fixture-graph';

export interface SmallSubgraph {
  readonly typeDefs: string;
  readonly resolvers: object;
}

/** One schema with its resolvers, for graphql-js alone. */
export function executable({ typeDefs, resolvers }: SmallSubgraph): GraphQLSchema {
  const schema = buildSchema(typeDefs);
  for (const [type, ofType] of Object.entries(resolvers as Record<string, Record<string, object>>)) {
    const fields = (schema.getType(type) as GraphQLObjectType).getFields();
    for (const [name, resolver] of Object.entries(ofType)) {
      Object.assign(fields[name]!, typeof resolver === 'function' ? { resolve: resolver } : resolver);
    }
  }
  return schema;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@external", "@requires", "@provides",
  "@shareable", "@interfaceObject", "@inaccessible", "@override", "@context", "@fromContext"])\n`;

export interface Federation {
  readonly gateway: GraphGateway;
  /** What was asked of the subgraphs since it was emptied. */
  readonly fetches: { name: string; query: string; representations: unknown }[];
  run(query: string, variables?: Record<string, unknown>): Promise<ExecutionResult>;
}

export function compose(subgraphs: Readonly<Record<string, SmallSubgraph>>): string {
  const services = Object.entries(subgraphs).map(([name, { typeDefs }]) => ({
    name,
    typeDefs: parse(LINK + typeDefs),
    url: '',
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export function federation(subgraphs: Readonly<Record<string, SmallSubgraph>>): Federation {
  const fetches: Federation['fetches'] = [];
  const sources = new Map<string, DataSource>();
  for (const [name, { typeDefs, resolvers }] of Object.entries(subgraphs)) {
    const schema = buildSubgraphSchema([{ typeDefs: parse(LINK + typeDefs), resolvers: resolvers as never }]);
    const source = new InProcessDataSource(name, schema);
    const note = ({ query, variables }: SubgraphRequest) =>
      void fetches.push({ name, query, representations: variables.representations });
    sources.set(name, {
      process: (request) => {
        note(request);
        // A subgraph elsewhere would refuse what is not valid.
        const faults = validate(schema, parse(request.query));
        if (faults.length > 0)
          throw new Error(
            `${name} was asked something invalid: ${faults.map(String).join()} ${request.query}`,
          );
        return source.process(request);
      },
      subscribe: (request) => source.subscribe(request),
    });
  }
  const gateway = new GraphGateway({ supergraphSdl: compose(subgraphs), sources });
  return {
    gateway,
    fetches,
    async run(query, variables = {}) {
      const document = parse(query);
      const faults = validate(gateway.apiSchema, document);
      if (faults.length > 0)
        throw new Error(`not a valid operation: ${faults.map(({ message }) => message).join()}`);
      const result = await gateway.execute({
        document,
        documentKey: query,
        variables,
        context: fixtureContext(),
      });
      return JSON.parse(JSON.stringify(result)) as ExecutionResult;
    },
  };
}
