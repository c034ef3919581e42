/** The parameters and the body of a route. */
import { getNullableType, isListType } from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '#kernel/paging';
import type { BoundOperation } from '../sofa-handlers';
import { CSV_PARAMETERS } from '../export/csv-dialect';
import { TABLE_FORMATS } from '../export/formats';
import type { InputPlan, Slot } from '../input/variables';
import { isPlainObject } from '../input/readers';
import type { SupergraphInfo } from '../supergraph';
import { inputExample } from './examples';
import { asNamed, presentSchema, schemaOf } from './schemas';
import { refTo, type MediaType, type Operation, type Parameter, type Reference, type Schema } from './types';

export interface RequestPlan {
  readonly operation: BoundOperation;
  readonly input: InputPlan;
  readonly hasTables: boolean;
  readonly supergraph: SupergraphInfo;
}

/** The bounds of the parameters of a page (kernel/paging.ts). */
const BOUNDS: Readonly<Record<string, Schema>> = {
  page: { minimum: 1, default: 1 },
  size: { minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE },
};

const FORMAT: Parameter = {
  name: 'format',
  in: 'query',
  required: false,
  description:
    'The representation; takes the place of the `Accept` header. CSV and XLSX have the whole list unless a page is named; a list of more rows than a sheet holds (1,048,575) is 406 as XLSX.',
  schema: { type: 'string', enum: ['json', ...TABLE_FORMATS], default: 'json' },
};

const ofCsv = (name: keyof typeof CSV_PARAMETERS, description: string, schema: Schema): Parameter => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});

/** The parameters of the REST layer on every route with tables. */
const LAYER_PARAMETERS: readonly Parameter[] = [
  FORMAT,
  ofCsv('bom', 'Whether CSV begins with a byte order mark, by which Excel knows UTF-8.', {
    type: 'boolean',
    default: false,
  }),
  ofCsv(
    'separator',
    'What stands between the cells of CSV: a comma, or a semicolon where `decimal` is `comma`.',
    {
      type: 'string',
      enum: [...CSV_PARAMETERS.separator],
    },
  ),
  ofCsv('decimal', 'The decimal mark of amounts and quantities in CSV.', {
    type: 'string',
    enum: [...CSV_PARAMETERS.decimal],
    default: 'point',
  }),
];

/** Whether a value is in the body; without a body it is in the query string. */
function isInBody(slot: Slot, method: string): boolean {
  if (slot.pathName !== undefined || method === 'GET') return false;
  return method !== 'DELETE' || slot.inInput;
}

/** Whether `If-None-Match` may find that nothing has changed. A version speaks of what people edit, not of the figures beside it. */
export function isRevalidated({ route, kind, tagged }: BoundOperation): boolean {
  return route.method === 'GET' && kind === 'object' && !tagged;
}

export function parametersOf(plan: RequestPlan): (Parameter | Reference)[] {
  const { method } = plan.operation.route;
  const slots = [...plan.input.slots.values()];
  const paths = slots
    .filter((slot) => slot.pathName !== undefined)
    .map((slot) => parameter(plan, slot, 'path'));
  const queries = slots
    .filter((slot) => slot.pathName === undefined && !isInBody(slot, method))
    .map((slot) => parameter(plan, slot, 'query'));
  const headers: Reference[] = [];
  if (plan.operation.route.operation.root === 'Mutation') headers.push(refTo('parameters', 'IdempotencyKey'));
  if (plan.operation.versioned) headers.push(refTo('parameters', 'IfMatch'));
  if (isRevalidated(plan.operation)) headers.push(refTo('parameters', 'IfNoneMatch'));
  const layer = plan.hasTables ? LAYER_PARAMETERS.filter(({ name }) => plan.input.reserved.has(name)) : [];
  return [...paths, ...queries, ...layer, ...headers];
}

/** The type whose id a value in a path is, where its ids are not UUIDs: those of carts are signed. */
function ownerOf({ operation: { route } }: RequestPlan, { name }: Slot): string {
  return name === 'id' && route.path.startsWith('/cart/') ? 'Cart' : '';
}

function parameter(plan: RequestPlan, slot: Slot, place: 'path' | 'query'): Parameter {
  const list = isListType(getNullableType(slot.declared.type));
  const example =
    slotExample(plan, slot) ?? (place === 'path' ? '0190a000-0000-7000-8000-000000000001' : undefined);
  const bounds = place === 'query' && plan.operation.kind === 'page' ? BOUNDS[slot.name] : undefined;
  return {
    name: slot.pathName ?? slot.name,
    in: place,
    required: place === 'path' || slot.required,
    description: slot.declared.description ?? '',
    // In parameters every number is a text, so the plain form of a decimal is enough here.
    schema: {
      ...asNamed(slot.name, presentSchema(slot.declared.type, 'out'), ownerOf(plan, slot)),
      ...bounds,
      ...defaultOf(slot),
    },
    ...(list ? { style: 'form', explode: false } : {}),
    ...(example === undefined ? {} : { example }),
  };
}

function defaultOf({ declared: { defaultValue } }: Slot): Schema {
  return ['string', 'number', 'boolean'].includes(typeof defaultValue) ? { default: defaultValue } : {};
}

function slotExample(plan: RequestPlan, slot: Slot): unknown {
  return inputExample(slot.declared.type, coordinateOf(plan, slot), plan.supergraph);
}

function coordinateOf({ operation, input }: RequestPlan, slot: Slot): string {
  const { root, field } = operation.route.operation;
  if (!slot.inInput) return `${root}.${field}(${slot.declared.name})`;
  return `${String(getNullableType(input.input!.type))}.${slot.declared.name}`;
}

export function requestBodyOf(plan: RequestPlan): Operation['requestBody'] {
  const { operation, input } = plan;
  const slots = [...input.slots.values()].filter((slot) => isInBody(slot, operation.route.method));
  if (slots.length === 0 && !input.upload) return undefined;
  const required = slots.filter((slot) => slot.required);
  const example = operation.route.example ?? bodyExample(plan, slots);
  const json: MediaType = { schema: bodySchema(plan, slots), ...(example === undefined ? {} : { example }) };
  const content: Record<string, MediaType> = slots.length > 0 ? { 'application/json': json } : {};
  if (input.upload) Object.assign(content, uploadContent(plan, slots));
  const needed = required.length > 0 || input.upload !== undefined;
  return { required: needed, content };
}

/** A reference if the body is the input of the operation, otherwise the values one by one. */
function bodySchema(plan: RequestPlan, slots: readonly Slot[]): Schema {
  const { input } = plan;
  const whole =
    slots.every((slot) => slot.inInput) &&
    [...input.slots.values()].every((slot) => !slot.inInput || slots.includes(slot));
  if (whole && input.input) return presentSchema(input.input.type, 'in');
  const required = slots.filter((slot) => slot.required).map((slot) => slot.name);
  return {
    type: 'object',
    properties: Object.fromEntries(slots.map((slot) => [slot.name, propertySchema(slot)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function propertySchema({ name, declared: { type, description } }: Slot): Schema {
  return { ...asNamed(name, schemaOf(type, 'in')), ...(description ? { description } : {}) };
}

function bodyExample(plan: RequestPlan, slots: readonly Slot[]): unknown {
  const entries = slots
    .map((slot) => [slot.name, slotExample(plan, slot)] as const)
    .filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The `@example` of an upload lists its content types, each with a sample text: `{"text/csv": "sku,…"}`. */
function uploadContent(plan: RequestPlan, slots: readonly Slot[]): Record<string, MediaType> {
  const { upload, input } = plan.input;
  const { root, field } = plan.operation.route.operation;
  const owner = upload!.inInput
    ? `${String(getNullableType(input!.type))}.${upload!.name}`
    : `${root}.${field}(${upload!.name})`;
  const kinds = plan.supergraph.exampleAt(owner)?.value;
  const file: Schema = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: 'The file.',
  };
  const texts = slots.filter((slot) => !isListType(getNullableType(slot.declared.type)));
  const properties = Object.fromEntries(
    texts.map((slot) => [
      slot.name,
      { ...presentSchema(slot.declared.type, 'out'), description: slot.declared.description ?? '' },
    ]),
  );
  const text = isPlainObject(kinds)
    ? Object.values(kinds).find((example) => typeof example === 'string')
    : undefined;
  const form: MediaType = {
    schema: { type: 'object', properties: { ...properties, file }, required: ['file'] },
    ...(text === undefined ? {} : { example: { file: text } }),
  };
  const raw = Object.entries(isPlainObject(kinds) ? kinds : { 'application/octet-stream': null }).map(
    ([kind, example]): [string, MediaType] => [
      kind,
      { schema: { type: 'string' }, ...(typeof example === 'string' ? { example } : {}) },
    ],
  );
  return { 'multipart/form-data': form, ...Object.fromEntries(raw) };
}
