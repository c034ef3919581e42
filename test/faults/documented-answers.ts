/** Compares answers with openapi.json: their status, their media type, and their JSON by its schema, in which no other field may stand. */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { resolved, type Document, type Documented } from '#test/rest/documented';
import type { RestAnswer } from '#test/harness/platform';

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Response {
  readonly $ref?: string;
  readonly content?: Content;
  readonly 'x-alternative-content'?: Content;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** Where a document of OpenAPI stands for the validator. */
const DOCUMENT = 'openapi.json';

export class DocumentedAnswers {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Document) {
    addFormats(this.ajv);
    this.ajv.addFormat('decimal', true);
    this.ajv.addFormat('text', true);
    this.ajv.addSchema({ $id: DOCUMENT, ...closed(document) });
  }

  /** @returns the differences between an answer and its documentation; empty if there are none. */
  differences(
    { path, method, operation }: Documented,
    { status, headers, text, body }: RestAnswer,
  ): string[] {
    const written = operation.responses[status] as Response | undefined;
    if (!written) return [`The status ${status} is not documented: ${text.slice(0, 300)}`];
    const content = contentOf(resolved(this.document, written));
    if (text === '' && (!content || status === 304)) return [];
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    const media = content?.[type];
    if (!media) return [`The media type "${type}" of ${status} is not documented.`];
    if (!type.endsWith('json') || !media.schema) return [];
    const at = written.$ref ?? pointer('paths', path, method, 'responses', String(status));
    const validate = this.validatorOf(`${at}/${pointer('content', type, 'schema').slice(2)}`);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${status} ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }

  private validatorOf(reference: string): ValidateFunction {
    const known = this.validators.get(reference);
    if (known) return known;
    const made = this.ajv.compile({ $ref: `${DOCUMENT}${reference}` });
    this.validators.set(reference, made);
    return made;
  }
}

/** All representations of an answer, also those that a caller asks for; undefined if it has no body. */
function contentOf({ content, 'x-alternative-content': tables }: Response): Content | undefined {
  return content && { ...content, ...tables };
}

const pointer = (...keys: string[]): string =>
  `#/${keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;

/** The document, in whose schemas an object has no field but its own: the document lets clients ignore new fields, the server must name all. */
function closed(document: Document): object {
  return JSON.parse(JSON.stringify(document), (_, value: unknown) => {
    const isSchema = value !== null && typeof value === 'object' && 'properties' in value && 'type' in value;
    return isSchema && !('additionalProperties' in value) ? { ...value, additionalProperties: false } : value;
  }) as object;
}
