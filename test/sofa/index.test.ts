/** What the schema's author did wrong is said at start-up, by name; and a large schema starts fast. */
import { buildSchema } from 'graphql';
import { createEngine } from '#sofa/sofa-handlers';
import { Readers } from '#sofa/input/readers';
import { planInput } from '#sofa/input/variables';
import { buildOpenApi } from '#sofa/openapi/document';
import { planExport } from '#sofa/export/send-export';

const TYPES = `
  scalar Upload
  type Thing { id: ID! name: String! list: [Entry!]! }
  type Entry { at: Int! }
  union Either = Thing | Entry
  input ThingInput { name: String! id: ID }`;

/** Makes everything that is made at start-up from root fields. */
async function start(query: string, mutation = 'nothing: Int', types = TYPES) {
  const sdl = `type Query { ok: Thing! @rest(method: GET, path: "/ok") ${query} } type Mutation { ${mutation} } ${types}`;
  const engine = await createEngine({
    supergraphSdl: sdl,
    apiSchema: buildSchema(sdl, { assumeValidSDL: true }),
  });
  for (const operation of engine.operations) {
    planInput(operation, new Readers());
    planExport(operation);
  }
  return engine;
}

describe('at start-up', () => {
  const rest = (path: string, more = '') => `@rest(method: GET, path: "${path}"${more})`;

  it.each([
    [
      'a path that is not well formed',
      `x: Thing ${rest('things')}`,
      undefined,
      'Query.x: the path "things" is not well formed',
    ],
    [
      'a method that is none',
      'x: Thing @rest(method: FETCH, path: "/x")',
      undefined,
      'there is no method "FETCH"',
    ],
    [
      'a status that is none',
      `x: Thing ${rest('/x', ', status: 204')}`,
      undefined,
      'status must be 200, 201 or 202',
    ],
    [
      'two operations on one route',
      `x(id: ID!): Thing ${rest('/x/{id}')} y(key: ID!): Thing ${rest('/x/{key}')}`,
      undefined,
      'belongs to x already',
    ],
    [
      'a name in the path that is no argument',
      `x: Thing ${rest('/x/{id}')}`,
      undefined,
      'the path names "id"',
    ],
    ['a CSV list that is none', `x: Thing ${rest('/x', ', csv: "name"')}`, undefined, 'csv names "name"'],
    [
      'an include that is no field',
      `x: Thing ${rest('/x', ', include: ["stock"]')}`,
      undefined,
      'does not have: stock',
    ],
    ['an abstract answer', `x: Either ${rest('/x')}`, undefined, 'abstract type Either'],
    [
      'an example that is no JSON',
      `x(a: ID @example(value: "{")): Thing ${rest('/x')}`,
      undefined,
      '@example of Query.x(a) is not JSON',
    ],
    ['a name that REST cannot write', `x(bad_name: ID): Thing ${rest('/x')}`, undefined, 'Query.x(bad_name)'],
    [
      'one name for two values',
      '',
      'x(name: String, input: ThingInput!): Thing @rest(method: POST, path: "/x")',
      '"name" is both an argument and a field',
    ],
    [
      'a scalar that stands for nothing',
      'x: Int } scalar Sale @standsFor(input: "Thing") type Other { x: Int',
      undefined,
      '@standsFor of Sale: there is no input type "Thing"',
    ],
    [
      'a stand-in outside of an input',
      'x: Int } scalar Sale @standsFor(input: "ThingInput") type Other { x: Int',
      'x(sales: [Sale]!): Thing @rest(method: POST, path: "/x")',
      'Mutation.x(sales): a scalar with @standsFor stands inside an input',
    ],
  ])('refuses %s', async (_what, query, mutation, message) => {
    await expect(start(query, mutation)).rejects.toThrow(message);
  });

  it('lets a name in the path fill a field of the input', async () => {
    const engine = await start('', 'x(input: ThingInput!): Thing @rest(method: POST, path: "/x/{key=id}")');
    const operation = engine.operations.find(({ route }) => route.path === '/x/{key}')!;
    expect(planInput(operation, new Readers()).slots.get('id')!.pathName).toBe('key');
  });

  it('is done with 165 routes in little time', async () => {
    const fields = (from: number, count: number, root: string) =>
      Array.from({ length: count }, (_, at) => {
        const n = from + at;
        const write = root === 'Mutation';
        const args = write
          ? `(id: ID!, input: In${n % 20}!)`
          : `(id: ID!, search: String, page: Int, size: Int)`;
        return `op${n}${args}: T${n % 40}! @rest(method: ${write ? 'POST' : 'GET'}, path: "/domain${n % 14}/things${n}/{id}") @auth`;
      }).join('\n');
    const scalars = Array.from({ length: 15 }, (_, at) => `fieldNumber${at}: String`).join(' ');
    const types = Array.from(
      { length: 40 },
      (_, at) => `type T${at} { id: ID! ${scalars} entries: [E${at}!]! } type E${at} { ${scalars} }`,
    );
    const inputs = Array.from({ length: 20 }, (_, at) => `input In${at} { ${scalars} }`);
    const all = [TYPES, ...types, ...inputs].join('\n');
    await start('', undefined);
    const before = process.cpuUsage();
    const engine = await start(fields(0, 85, 'Query'), fields(85, 80, 'Mutation'), all);
    const { user, system } = process.cpuUsage(before);
    expect(engine.operations).toHaveLength(166);
    expect(Object.keys(buildOpenApi(engine).paths).length).toBeGreaterThan(166);
    // It takes 220 ms of CPU outside of jest; a look-up that is square in the number of routes took seconds.
    expect((user + system) / 1000).toBeLessThan(1500);
  });
});
