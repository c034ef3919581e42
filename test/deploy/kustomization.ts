/** Reads kustomizations as far as ours go; a field that is not known here is an error, so nothing is left out silently. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { read, ROOT } from './files';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: never;
  readonly data?: Readonly<Record<string, string>>;
}

interface Kustomization {
  readonly namespace?: string;
  readonly resources: readonly string[];
  readonly images?: readonly { name: string; newName: string; newTag: string }[];
  readonly configMapGenerator?: readonly { name: string; behavior?: string; envs: readonly string[] }[];
  readonly patches?: readonly { path: string }[];
}

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'images', 'configMapGenerator', 'patches'];

/** All manifests of a kustomization, without the hashes behind the names of generated ones. */
export function manifestsOf(folder: string): Manifest[] {
  const file = parse(read(path.join(folder, 'kustomization.yaml'))) as Kustomization;
  const unknown = Object.keys(file).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) throw new Error(`${folder} has ${unknown.join(', ')}, which this test cannot read`);
  let manifests = file.resources.flatMap((resource) => {
    const place = path.join(folder, resource);
    if (existsSync(path.join(ROOT, place, 'kustomization.yaml'))) return manifestsOf(place);
    return parseAllDocuments(read(place)).map((document) => document.toJS() as Manifest);
  });
  for (const { name, behavior, envs } of file.configMapGenerator ?? []) {
    const data = Object.assign({}, ...envs.map((env) => readEnv(path.join(folder, env)))) as object;
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data } as unknown as Manifest;
    if (behavior === 'merge') manifests = patched(manifests, made);
    else manifests.push(made);
  }
  for (const patch of file.patches ?? [])
    manifests = patched(manifests, parse(read(path.join(folder, patch.path))) as Manifest);
  return manifests.map((manifest) => {
    const { namespace = manifest.metadata.namespace, images = [] } = file;
    const metadata = { ...manifest.metadata, ...(namespace && { namespace }) };
    return withImages({ ...manifest, metadata }, images) as Manifest;
  });
}

/** `NAME=value` lines. */
function readEnv(file: string): Record<string, string> {
  const lines = read(file)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => /^(\w+)=(.*)$/.exec(line)!.slice(1) as [string, string]));
}

function patched(manifests: Manifest[], patch: Manifest): Manifest[] {
  const isTarget = ({ kind, metadata }: Manifest) =>
    kind === patch.kind && metadata.name === patch.metadata.name;
  if (manifests.filter(isTarget).length !== 1)
    throw new Error(`A patch is for ${patch.kind} ${patch.metadata.name}, which is not there once`);
  return manifests.map((manifest) => (isTarget(manifest) ? (merged(manifest, patch) as Manifest) : manifest));
}

/** Lists are merged by keys that differ from kind to kind; our patches have none. */
function merged(before: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) throw new Error('This test cannot merge lists');
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Record<string, unknown> = { ...(before as object) };
  for (const [name, value] of Object.entries(patch)) result[name] = merged(result[name], value);
  return result;
}

function withImages(value: unknown, images: NonNullable<Kustomization['images']>): unknown {
  if (Array.isArray(value)) return value.map((one) => withImages(one, images));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]): [string, unknown] => {
    const image = name === 'image' && images.find((known) => known.name === one);
    return [name, image ? `${image.newName}:${image.newTag}` : withImages(one, images)];
  });
  return Object.fromEntries(entries);
}
