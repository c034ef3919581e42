/** Code samples of an operation, made from its own examples, which work against the demo shop. */
import type { CodeSample, Operation, Parameter, Reference } from './types';

/** An installation on the reader's machine, by the default of PORT. */
export const LOCAL_HOST = 'localhost:8000';

interface SampleRequest {
  readonly method: string;
  readonly url: string;
  readonly isPublic: boolean;
  /** The example of the JSON body; undefined without a body or without an example. */
  readonly body: unknown;
  /** The name of the file to upload, if the operation takes one. */
  readonly file: string | undefined;
}

/** The request of an operation in curl and in JavaScript. @param operation with its parameters and its body. */
export function codeSamples(
  method: string,
  path: string,
  operation: Omit<Operation, 'x-codeSamples'>,
): CodeSample[] {
  const content = operation.requestBody?.content;
  const request: SampleRequest = {
    method,
    url: `http://${LOCAL_HOST}` + pathWithExamples(path, operation.parameters ?? []),
    isPublic: operation.security.length === 0,
    body: content?.['application/json']?.example,
    file: content?.['multipart/form-data'] && fileName(Object.keys(content)),
  };
  return [
    { lang: 'Shell', label: 'curl', source: curl(request) },
    { lang: 'JavaScript', label: 'JavaScript', source: javaScript(request) },
  ];
}

function fileName(types: readonly string[]): string {
  if (types.some((type) => type.startsWith('image/'))) return 'picture.png';
  return types.includes('text/csv') ? 'rows.csv' : 'file.pdf';
}

/** The path with the examples of what it requires; an optional parameter is left to its default. */
function pathWithExamples(path: string, parameters: readonly (Parameter | Reference)[]): string {
  let url = path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    if (!('name' in parameter) || parameter.example === undefined) continue;
    const { name, example } = parameter;
    const text = typeof example === 'string' ? example : JSON.stringify(example);
    if (parameter.in === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text));
    else if (parameter.in === 'query' && parameter.required) query.set(name, text);
  }
  return query.size > 0 ? `${url}?${query.toString()}` : url;
}

function curl({ method, url, isPublic, body, file }: SampleRequest): string {
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${inShell(url)}`];
  if (!isPublic) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (file !== undefined) parts.push(`-F ${inShell(`file=@${file}`)}`);
  else if (body !== undefined)
    parts.push("-H 'Content-Type: application/json'", `-d ${inShell(asJson(body, ''))}`);
  return parts.join(' \\\n  ');
}

/** Text in single quotes, in which the shell reads nothing but the quote. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function javaScript({ method, url, isPublic, body, file }: SampleRequest): string {
  const isJson = body !== undefined && file === undefined;
  const headers = [
    ...(isPublic ? [] : ['authorization: `Bearer ${token}`']),
    ...(isJson ? ["'content-type': 'application/json'"] : []),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? [`  headers: { ${headers.join(', ')} },`] : []),
    ...(file === undefined ? [] : ['  body: form,']),
    ...(isJson ? [`  body: JSON.stringify(${asJson(body, '  ')}),`] : []),
  ];
  const target = JSON.stringify(url);
  const call = options.length > 0 ? `fetch(${target}, {\n${options.join('\n')}\n})` : `fetch(${target})`;
  // `file` comes from an <input type="file">.
  const form = file === undefined ? [] : ['const form = new FormData();', "form.append('file', file);"];
  return [
    ...form,
    `const response = await ${call};`,
    'const answer = await response.json();',
    'if (!response.ok) throw new Error(answer.detail);',
  ].join('\n');
}

/** The longest JSON that is printed on one line, in characters. */
const ONE_LINE = 80;

function asJson(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  return line.length <= ONE_LINE ? line : JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}
