/** Random requests of the REST routes: values that the schemas of openapi.json allow, values at their edges, and values of other types. */
import fc from 'fast-check';
import { resolved, type Document, type Documented, type Holder } from '#test/rest/documented';
import type { Schema } from './documented-answers';

export interface RandomRequest {
  readonly url: string;
  /** Undefined for a route without a JSON body. */
  readonly body: unknown;
}

/** Values that name rows or rules of the demo shop, by the name of their field. */
export type KnownValues = ReadonlyMap<string, readonly unknown[]>;

const DEPTH = 4;
const UNKNOWN_ID = '0190a000-0000-7000-8000-00000000ffff';
/** Texts that a field may choke on. None is longer than the shortest limit of a body. */
const EDGE_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e400',
  'null',
  '٣',
  '🧾',
  'a\u0301',
  '\u202e',
  "' or 1=1 --",
  '%00',
  'x'.repeat(5_000),
];
const EDGE_NUMBERS = [0, -1, 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 0.1, 1e308];
const EDGE_DECIMALS = ['0', '-0', '0.005', '-12.50', '99999999999.99', '1e5', '1'.repeat(40)];
const EDGE_DATES = [
  '2026-02-30',
  '0000-01-01',
  '9999-12-31',
  '1582-10-10',
  '2026-11-28',
  '12:00',
  '2024-02-29',
];

/** Reads the values of all examples of a document. */
export function knownValues(document: Document, operations: readonly Documented[]): KnownValues {
  const known = new Map<string, Set<unknown>>();
  const add = (name: string, value: unknown): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, each] of Object.entries(value)) add(Array.isArray(value) ? name : key, each);
    } else if (value !== undefined && value !== null) {
      known.set(name, (known.get(name) ?? new Set()).add(value));
    }
  };
  for (const { operation } of operations) {
    for (const parameter of operation.parameters ?? []) {
      const { name, example } = resolved(document, parameter);
      add(name, example);
    }
    add('', exampleBody(operation.requestBody?.content['application/json']));
  }
  return new Map([...known].map(([name, values]) => [name, [...values]]));
}

function exampleBody(media: Holder | undefined): unknown {
  return media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
}

/** Requests of one route. Half of the bodies begin with the route's own example, so that they come past the first check. */
export class RandomRequests {
  constructor(
    private readonly document: Document,
    private readonly known: KnownValues,
  ) {}

  of({ path, operation }: Documented): fc.Arbitrary<RandomRequest> {
    const parameters = (operation.parameters ?? []).map((one) => resolved(this.document, one));
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const inQuery = parameters.filter((parameter) => parameter.in === 'query');
    const segments = fc.record(
      Object.fromEntries(inPath.map(({ name, example }) => [name, this.segment(name, example)])),
    );
    const query = fc.subarray(inQuery, { maxLength: Math.min(4, inQuery.length) }).chain((some) => {
      const needed = inQuery.filter(({ required }) => required === true).filter((one) => !some.includes(one));
      return fc.record(
        Object.fromEntries(
          [...some, ...needed].map(({ name, schema }) => [
            name,
            this.value(schema as Schema, name, DEPTH - 1),
          ]),
        ),
      );
    });
    const media = operation.requestBody?.content['application/json'];
    const body = media ? this.body(media) : fc.constant(undefined);
    return fc
      .record({ segments, query, body })
      .map((made) => ({ url: urlOf(path, made.segments, made.query), body: made.body }));
  }

  private segment(name: string, example: unknown): fc.Arbitrary<string> {
    const others = (this.known.get(name) ?? []).map(String);
    const own = typeof example === 'string' ? example : (others[0] ?? UNKNOWN_ID);
    return fc.oneof(
      { weight: 6, arbitrary: fc.constant(own) },
      { weight: 2, arbitrary: fc.constantFrom(UNKNOWN_ID, ...others) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...EDGE_TEXTS.filter((text) => text !== '' && text.length < 200)),
      },
    );
  }

  private body(media: Holder): fc.Arbitrary<unknown> {
    const example = exampleBody(media);
    const schema = resolved(this.document, media.schema as Schema);
    const random = this.value(schema, '', 0);
    if (example === null || typeof example !== 'object' || Array.isArray(example)) return random;
    const properties = schema.properties ?? {};
    const names = Object.keys(properties);
    const varied = fc
      .subarray(names, { maxLength: Math.min(3, names.length) })
      .chain((chosen) =>
        fc.record(Object.fromEntries(chosen.map((name) => [name, this.value(properties[name]!, name, 1)]))),
      )
      .map((some) => ({ ...example, ...some }));
    return fc.oneof({ weight: 1, arbitrary: fc.constant(example) }, { weight: 3, arbitrary: varied }, random);
  }

  /** A value of a field: mostly one that its schema allows. */
  private value(schema: Schema, name: string, depth: number): fc.Arbitrary<unknown> {
    const known = this.known.get(name) ?? [];
    return fc.oneof(
      { weight: 8, arbitrary: this.fitting(schema, name, depth) },
      ...(known.length > 0 ? [{ weight: 8, arbitrary: fc.constantFrom(...known) }] : []),
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
  }

  private fitting(schema: Schema, name: string, depth: number): fc.Arbitrary<unknown> {
    const {
      anyOf,
      enum: values,
      items,
      properties,
      required = [],
      type,
      format,
    } = resolved(this.document, schema);
    if (anyOf) return fc.oneof(...anyOf.map((one) => this.fitting(one, name, depth)));
    if (values) return fc.constantFrom(...values);
    const [kind] = [type ?? 'object'].flat();
    if (kind === 'array') {
      return depth >= DEPTH || !items
        ? fc.constant([])
        : fc.array(this.value(items, name, depth + 1), { maxLength: 3 });
    }
    if (kind !== 'object') return leafOf(kind, format);
    if (!properties)
      return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
    const fields = Object.entries(properties).filter(([key]) => depth < DEPTH || required.includes(key));
    return fc.record(
      Object.fromEntries(fields.map(([key, each]) => [key, this.value(each, key, depth + 1)])),
      { requiredKeys: [...required] },
    );
  }
}

function leafOf(kind: string | undefined, format: string | undefined): fc.Arbitrary<unknown> {
  if (kind === 'boolean') return fc.boolean();
  if (kind === 'integer') return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(...EDGE_NUMBERS));
  if (kind === 'number' && format !== 'decimal')
    return fc.oneof(fc.double({ min: 0, max: 1_000, noNaN: true }), fc.constantFrom(...EDGE_NUMBERS));
  if (kind === 'null') return fc.constant(null);
  if (format === 'decimal' || kind === 'number') {
    const cents = fc.integer({ min: 0, max: 100_000 }).map((value) => (value / 100).toFixed(2));
    return fc.oneof({ weight: 3, arbitrary: cents }, fc.constantFrom(...EDGE_DECIMALS));
  }
  const dates = fc.date({ min: new Date('2024-01-01'), max: new Date('2028-12-31'), noInvalidDate: true });
  if (format === 'date')
    return fc.oneof(
      dates.map((date) => date.toISOString().slice(0, 10)),
      fc.constantFrom(...EDGE_DATES),
    );
  if (format === 'date-time')
    return fc.oneof(
      dates.map((date) => date.toISOString()),
      fc.constantFrom(...EDGE_DATES),
    );
  return fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
    fc.constantFrom(...EDGE_TEXTS, UNKNOWN_ID),
  );
}

function urlOf(path: string, segments: Record<string, string>, query: Record<string, unknown>): string {
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(segments[name]!));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const texts = Array.isArray(value) ? value : [value];
    for (const text of texts) search.append(name, typeof text === 'string' ? text : JSON.stringify(text));
  }
  return search.size > 0 ? `${url}?${search.toString()}` : url;
}
