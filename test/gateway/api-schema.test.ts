/** schema.graphql: the schema that callers see, in the repository and from the server. */
import { readFileSync } from 'node:fs';
import { buildSchema, getIntrospectionQuery, graphqlSync, isScalarType } from 'graphql';
import { API_SCHEMA_FILE } from '#gateway/api-schema';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { plain } from '#test/harness/values';

const text = readFileSync(API_SCHEMA_FILE, 'utf8');
const schema = buildSchema(text);
const EVERYTHING = getIntrospectionQuery({
  inputValueDeprecation: true,
  oneOf: true,
  schemaDescription: true,
  specifiedByUrl: true,
});

it('has no internals of the federation and no directives of ours', () => {
  const names = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('__'));
  expect(names.filter((name) => name.startsWith('_') || name.includes('__'))).toEqual([]);
  expect(Object.keys(schema.getQueryType()!.getFields()).filter((name) => name.startsWith('_'))).toEqual([]);
  expect(schema.getDirectives().map(({ name }) => name)).toEqual(
    buildSchema('type Query { a: Int }')
      .getDirectives()
      .map(({ name }) => name),
  );
});

it('says by which rule the scalars are written', () => {
  const scalars = Object.values(schema.getTypeMap()).filter(isScalarType);
  const rules = scalars.map(({ name, specifiedByURL }) => [name, specifiedByURL ?? null]);
  expect(Object.fromEntries(rules)).toEqual({
    ...{ Boolean: null, Float: null, ID: null, Int: null, String: null },
    Money: 'https://www.w3.org/TR/xmlschema-2/#decimal',
    Decimal: 'https://www.w3.org/TR/xmlschema-2/#decimal',
    DateTime: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
    Date: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
    JSON: 'https://www.rfc-editor.org/rfc/rfc8259',
    // Read as their own types, which the descriptions name.
    ...{ OfflineSale: null, Upload: null },
  });
});

describe('the server', () => {
  let platform: TestPlatform;
  afterEach(() => platform.stop());

  it('answers the text, and the same by introspection', async () => {
    platform = await startTestPlatform();
    const answer = await fetch(`${platform.url}/schema.graphql`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await answer.text()).toBe(text);
    const { data } = await platform.graphql<object>(EVERYTHING);
    expect(data).toEqual(plain(graphqlSync({ schema, source: EVERYTHING }).data));
  });

  it('answers 404 where introspection is switched off', async () => {
    platform = await startTestPlatform({ env: { INTROSPECTION: 'false' } });
    expect((await platform.rest('GET', '/schema.graphql')).status).toBe(404);
  });
});
