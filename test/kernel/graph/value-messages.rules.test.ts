/** Messages of graphql-js about values, whatever the values are: nothing of them is left. */
import fc from 'fast-check';
import { buildSchema, coerceInputValue, type GraphQLError, parse, validate } from 'graphql';
import { rejectedVariable, withoutValue } from '#kernel/graph/value-messages.rules';

const schema = buildSchema(`
  enum Color { RED }
  scalar Money
  input Inner { size: Int! color: Color list: [Boolean!] }
  type Query {
    int(v: Int): Int float(v: Float): Int text(v: String): Int flag(v: Boolean): Int id(v: ID): Int color(v: Color): Int inner(v: Inner): Int
    list(v: [Int!]): Int money(v: Money): Int
  }
`);
const fields = ['int', 'float', 'text', 'flag', 'id', 'color', 'inner', 'list'] as const;
const SECRET = 'qzvxsecret';
const value = fc.constantFrom(
  `"${SECRET}"`, `"a; String cannot represent: ${SECRET}"`, `"x at \\"input.${SECRET} \\"; y"`, `["${SECRET}"]`, `{ size: "${SECRET}" }`,
  `{ size: 1, color: "${SECRET}" }`, `{ size: 1, list: ["${SECRET}"] }`, '739184652', '739184652.5', `"""${SECRET}"""`, `[["${SECRET}"]]`,
); // prettier-ignore

it('in documents', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), value, (field, literal) => {
      for (const text of [`{ ${field}(v: ${literal}) }`, `{ ${field}(${literal}) }`, `{ ${field}(v: ${literal}`]) {
        for (const message of messagesOf(text)) expect(withoutValue(message)).not.toMatch(/qzvxsecret|739184652/);
      }
    }),
  ); // prettier-ignore
});

function messagesOf(text: string): string[] {
  try {
    return validate(schema, parse(text)).map(({ message }) => message);
  } catch (error) {
    return [(error as GraphQLError).message];
  }
}

it('in variables: the place and the expected type remain', () => {
  const values = fc.constantFrom<unknown>(SECRET, 739_184_652.5, [SECRET], { size: SECRET }, `x" at "a b"; ${SECRET}; Int`);
  fc.assert(
    fc.property(fc.constantFrom(...fields), values, (field, given) => {
      const { type } = schema.getQueryType()!.getFields()[field]!.args[0]!;
      coerceInputValue(given, type, (path, invalid, error) => {
        const place = path.length > 0 ? ` at "input.${path.join('.')}"` : '';
        const message = `Variable "$input" got invalid value ${JSON.stringify(invalid)}${place}; ${error.message}`;
        expect(JSON.stringify(rejectedVariable(message))).not.toMatch(/qzvxsecret|739184652/);
      });
    }),
  );
  expect(rejectedVariable('Variable "$input" got invalid value 1.5 at "input.items[0].quantity"; Int cannot represent non-integer value: 1.5')).toEqual({
    field: 'input.items[0].quantity',
    type: 'Int',
  });
  expect(rejectedVariable('Variable "$input" got invalid value "a"; Expected type "LoginInput" to be an object.')).toEqual({ field: 'input', type: 'LoginInput' });
  expect(rejectedVariable('Syntax Error: Unexpected Name "a".')).toBeUndefined();
}); // prettier-ignore

it.each([
  ['Int cannot represent non-integer value: "secret"', 'Int cannot represent non-integer value.'],
  ['Expected value of type "LoginInput!", found "secret".', 'Expected value of type "LoginInput!".'],
  ['Syntax Error: Expected Name, found String "secret".', 'Syntax Error: Expected Name, found String.'],
  ['Cannot query field "nam" on type "Product".', 'Cannot query field "nam" on type "Product".'],
  ['Value "BLUE" does not exist in "Color" enum.', 'Value "BLUE" does not exist in "Color" enum.'],
])('%s', (message, expected) => expect(withoutValue(message)).toBe(expected));
