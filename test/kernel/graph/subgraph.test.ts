import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { graphql } from 'graphql';
import { buildSubgraph, defineSubgraph } from '#kernel/graph/subgraph';

describe('the schema of a domain', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'domain-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };

  it('is every schema file below the folder, and topics may add to the same type', async () => {
    write(
      'shelves/schema.graphql',
      'type Query { shelf: Shelf! @public }\n"A shelf."\ntype Shelf { id: ID! }',
    );
    write('books/schema.graphql', 'type Query { book: String! @public }\ntype Shelf { books: [String!]! }');
    const resolvers = {
      Query: { shelf: () => ({ id: 's1', books: ['b1', 'b2'] }), book: () => 'b1' },
    };
    const module = defineSubgraph(folder, { resolvers });
    expect(module.name).toBe(path.basename(folder));
    const schema = buildSubgraph(module);
    expect(schema.getType('Shelf')?.description).toBe('A shelf.');
    const answer = await graphql({ schema, source: '{ shelf { id books } book }', contextValue: {} });
    expect(answer).toEqual({ data: { shelf: { id: 's1', books: ['b1', 'b2'] }, book: 'b1' } });
  });

  it('cannot give a field two types', () => {
    write('a.graphql', 'type Query { book: String! @public }');
    write('b/schema.graphql', 'type Query { book: Int! @public }');
    expect(() => defineSubgraph(folder, { resolvers: {} })).toThrow('book');
  });

  it('cannot name an unknown feature, or switch off a public field', () => {
    const build = (directives: string) => {
      write('schema.graphql', `type Query { shelf: ID ${directives} }`);
      return () => buildSubgraph(defineSubgraph(folder, { resolvers: {} }));
    };
    expect(build('@auth @feature(name: "shelf")')).toThrow('there is no feature "shelf"');
    expect(build('@auth @feature(name: "version")')).toThrow('there is no feature "version"');
    expect(build('@public @feature(name: "support")')).toThrow('a public field has no organization');
    expect(build('@auth @feature(name: "support")')).not.toThrow();
  });
});
