import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kind, parse } from 'graphql';
import { composeSupergraph } from '#gateway/compose';
import { isFresh, loadSupergraph, readIfThere, SUPERGRAPH_FILE } from '#gateway/supergraph';
import { buildSubgraph, type SubgraphModule } from '#kernel/graph/subgraph';
import { subgraphs } from '#subgraphs/list';
import { catalog, fixtureSubgraphs } from '#test/gateway/fixture-graph';

describe('the supergraph', () => {
  it('is committed fresh', () => {
    expect(isFresh(readIfThere(SUPERGRAPH_FILE) ?? '', subgraphs)).toBe(true);
  });

  it('is taken from the file while that is fresh, and composed otherwise', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'pospro-compose-')), 'supergraph.graphql');
    const composed = composeSupergraph(fixtureSubgraphs);
    expect(await loadSupergraph(fixtureSubgraphs, file)).toBe(composed);
    const marked = composed.replace('type Brand', '# from the file\ntype Brand');
    writeFileSync(file, marked);
    expect(await loadSupergraph(fixtureSubgraphs, file)).toBe(marked);
    expect(await loadSupergraph([catalog], file)).not.toContain('# from the file');
  });

  it('carries our directives and hides their helpers', () => {
    const composed = composeSupergraph(fixtureSubgraphs);
    for (const text of [
      '@public',
      '@auth(scopes: ["catalog:read"])',
      '@cost(weight: 5000)',
      '@listSize(slicingArguments: ["size"]',
    ]) {
      expect(composed).toContain(text);
    }
  });

  it('names every contradiction', () => {
    const other = parse('type Query { item: Int }', { noLocation: true });
    expect(() => composeSupergraph([catalog, { name: 'other', typeDefs: other }])).toThrow(
      /do not compose:\n {2}- .*Query\.item/s,
    );
  });
});

describe('a subgraph', () => {
  const withField = (field: string): SubgraphModule => {
    const shared = catalog.typeDefs.definitions.filter(
      (definition) => 'name' in definition || definition.kind === Kind.SCHEMA_EXTENSION,
    );
    const kept = shared.filter(
      (definition) =>
        !definition.kind.endsWith('Definition') || /Directive|Enum|Scalar/.test(definition.kind),
    );
    const query = parse(`type Query { ${field} }`, { noLocation: true }).definitions;
    return {
      name: 'bare',
      typeDefs: { kind: catalog.typeDefs.kind, definitions: [...kept, ...query] },
      resolvers: {},
    };
  };

  it('does not start with a root field that is open by accident', () => {
    expect(() => buildSubgraph(withField('a: Int'))).toThrow(
      'bare: Query.a must have either @auth or @public',
    );
    expect(() => buildSubgraph(withField('a: Int @auth @public'))).toThrow(
      'bare: Query.a must have either @auth or @public',
    );
  });

  it('starts with fields that say who may call them', () => {
    expect(
      buildSubgraph(withField('a: Int @auth b: Int @public')).getQueryType()!.getFields(),
    ).toHaveProperty('a');
  });
});
