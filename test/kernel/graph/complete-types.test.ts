import { parse, print } from 'graphql';
import { completeTypes } from '#kernel/graph/complete-types';

const SHARED = parse('type Deletion { id: ID! } type Total { method: Method } enum Method { cash }');
const added = (sdl: string) =>
  completeTypes(parse(sdl), SHARED)
    .definitions.slice(parse(sdl).definitions.length)
    .map((definition) => print(definition).replace(/"[^"]*"\s*/g, '').replace(/\s+/g, ' ')); // prettier-ignore

describe('the types that a schema names', () => {
  it('are pages of its own types', () => {
    expect(added('type Query { things: ThingPage! } type Thing { id: ID! }')).toEqual([
      'type ThingPage @shareable { items: [Thing!]! total: Int! totalIsEstimate: Boolean! page: Int! size: Int! pages: Int! hasNextPage: Boolean! nextCursor: String }',
    ]);
  });

  it('are shared types, with the types that these name', () => {
    expect(added('type Query { total: Total }')).toEqual([
      'enum Method { cash }',
      'type Total { method: Method }',
    ]);
  });

  it('stay as they are where they are declared', () => {
    expect(
      added('type Query { a: ThingPage b: Deletion } type ThingPage { a: Int } type Deletion { a: Int }'),
    ).toEqual([]);
    expect(added('type Query { a: Unknown }')).toEqual([]);
  });
});
