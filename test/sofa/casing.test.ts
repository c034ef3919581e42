import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse, visit } from 'graphql';
import { restPath } from '#kernel/casing';
import { assertPlainCamelCase, camel, singular, snake } from '#sofa/casing';
import { fixtureSdl } from '#test/sofa/fixture/server';

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const head = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
const tail = fc.string({ unit: fc.constantFrom(...LOWER), maxLength: 8 });
const word = fc.tuple(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), tail).map((parts) => parts.join(''));
const name = fc
  .tuple(head, tail, fc.array(word, { maxLength: 5 }))
  .map(([first, rest, words]) => first + rest + words.join(''));

describe('names', () => {
  it('go to snake_case and back', () => {
    fc.assert(
      fc.property(name, (camelName) => {
        const snakeName = snake(camelName);
        expect(snakeName).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(camel(snakeName)).toBe(camelName);
        assertPlainCamelCase(camelName, 'here');
      }),
      { numRuns: 1000 },
    );
  });

  it('never meet: two names of the graph are two names of REST', () => {
    fc.assert(fc.property(name, name, (a, b) => a === b || snake(a) !== snake(b)));
  });

  it('of every schema we have go there and back', () => {
    const texts = [
      fixtureSdl(),
      ...(existsSync('supergraph.graphql') ? [readFileSync('supergraph.graphql', 'utf8')] : []),
    ];
    let seen = 0;
    const check = (node: { name: { value: string } }) => {
      // What belongs to federation itself is never shown.
      if (node.name.value.includes('__')) return;
      seen += 1;
      expect(camel(snake(node.name.value))).toBe(node.name.value);
    };
    for (const text of texts) {
      visit(parse(text), {
        DirectiveDefinition: () => false,
        FieldDefinition: check,
        InputValueDefinition: check,
      });
    }
    expect(seen).toBeGreaterThan(100);
  });

  it('that would not come back are refused', () => {
    for (const bad of ['unit_price', 'UnitPrice', 'price_2', '_id'])
      expect(() => assertPlainCamelCase(bad, 'T.x')).toThrow('T.x');
  });

  it('of fields in errors lose the input they stand in', () => {
    expect(restPath('input.items[2].unitPrice')).toBe('items.2.unit_price');
    expect(restPath('items.0.inputCost')).toBe('items.0.input_cost');
    expect(restPath('')).toBe('');
  });

  it('of lists have a singular', () => {
    expect(['items', 'entries', 'tax', 'rows', 'address', 'status'].map(singular)).toEqual([
      'item',
      'entry',
      'tax',
      'row',
      'address',
      'status',
    ]);
  });
});
