/** The manifests of deploy/kubernetes are of Kubernetes' own types, fit each other, and set what the platform reads. */
import path from 'node:path';
import ts from 'typescript';
import { readConfig, SETTING_NAMES } from '#kernel/config';
import { longestCloseMs } from '#gateway/stop-times';
import { ROOT, read } from './files';
import { manifestsOf, type Manifest } from './kustomization';

const PRODUCTION = manifestsOf('deploy/kubernetes/overlays/production');
const BASE = manifestsOf('deploy/kubernetes/base');
const MIGRATION = manifestsOf('deploy/kubernetes/migration');
const ALL = [...PRODUCTION, ...MIGRATION];

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { name: string }[];
  readonly envFrom: readonly Record<string, { name: string }>[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly securityContext: object;
  readonly lifecycle?: { preStop: { exec: { command: readonly string[] } } };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: object;
    readonly automountServiceAccountToken: boolean;
    readonly containers: readonly [Container];
    readonly topologySpreadConstraints?: readonly { labelSelector: { matchLabels: object } }[];
  };
}

const podOf = ({ spec }: Manifest) => (spec as { template: Pod }).template;
const ofKind = (kind: string, manifests = PRODUCTION) =>
  manifests.filter((manifest) => manifest.kind === kind);
const DEPLOYMENTS = ofKind('Deployment');
const PROCESSES = [...DEPLOYMENTS, ...ofKind('Job', MIGRATION)];
const SETTINGS = ofKind('ConfigMap')[0]!.data!;

/** The modules of kubernetes-types, by the names of the API's groups. */
const MODULES: Readonly<Record<string, string>> = { v1: 'core/v1', 'networking.k8s.io/v1': 'networking/v1' };

/** Errors of the compiler if the manifests are written as values of Kubernetes' types: unknown names, missing ones, wrong types. */
function typeErrors(manifests: readonly Manifest[]): string[] {
  const file = path.join(ROOT, 'test/deploy/manifests-as-values.ts');
  const text = manifests.map((manifest, index) => {
    const { apiVersion, kind } = manifest;
    const type = `import('kubernetes-types/${MODULES[apiVersion] ?? apiVersion}').${kind}`;
    return `export const value${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const options: ts.CompilerOptions = { strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, text.join('\n'), target) : readSource(name, target);
  const program = ts.createProgram([file], options, host);
  return [...program.getSemanticDiagnostics(), ...program.getGlobalDiagnostics()].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

it('are of Kubernetes’ types', () => {
  expect(typeErrors(ALL)).toEqual([]);
  const [{ spec, ...rest }] = DEPLOYMENTS as unknown as [{ spec: object }];
  const misspelt = { ...rest, spec: { ...spec, replicsa: 2 } } as unknown as Manifest;
  expect(typeErrors([misspelt])).toEqual([expect.stringContaining('"replicsa"')]);
});

it('start the programs of the image', () => {
  const commands = PROCESSES.map((one) => podOf(one).spec.containers[0].command);
  // Without a command, that of the image.
  expect(commands).toEqual([
    undefined,
    ['node', '--max-semi-space-size=32', 'subgraph.js', 'analytics'],
    ['node', 'pospro.js', 'migrate'],
  ]);
  const images = PROCESSES.map((one) => podOf(one).spec.containers[0].image);
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(images).toEqual(images.map(() => `registry.example.com/pospro:${version}`));
});

it('give every process all settings, from the settings and the secret alone', () => {
  const [name] = ofKind('ConfigMap').map(({ metadata }) => metadata.name);
  for (const one of DEPLOYMENTS) {
    const { env, envFrom } = podOf(one).spec.containers[0];
    expect(env).toBeUndefined();
    expect(envFrom).toEqual([{ configMapRef: { name } }, { secretRef: { name: 'pospro' } }]);
  }
  expect(podOf(MIGRATION[0]!).spec.containers[0].envFrom).toEqual([{ secretRef: { name: 'pospro' } }]);
});

it('set what the platform reads, and start with it', () => {
  const secret = Object.fromEntries(
    [
      ...read('deploy/kubernetes/overlays/production/kustomization.yaml').matchAll(
        /--from-literal=(\w+)=['"]([^'"]+)['"]/g,
      ),
    ].map(([, setting, value]) => [setting!, value!]),
  );
  expect(Object.keys(secret)).toHaveLength(6);
  const names = [...Object.keys(SETTINGS), ...Object.keys(secret)];
  expect(names.filter((setting) => !SETTING_NAMES.includes(setting))).toEqual([]);
  expect(Object.keys(SETTINGS).filter((setting) => setting in secret)).toEqual([]);
  const readable = { ...secret, JWT_SECRET: 'x'.repeat(32), METRICS_TOKEN: 'x'.repeat(16) };
  const url = (text: string) => text.replace('…', 'secret');
  const config = readConfig({
    NODE_ENV: 'production',
    ...SETTINGS,
    ...readable,
    DATABASE_URL: url(secret.DATABASE_URL!),
    DATABASE_REPLICA_URL: url(secret.DATABASE_REPLICA_URL!),
    REDIS_URL: url(secret.REDIS_URL!),
  });
  expect(config.redis?.address.servers).toHaveLength(3);
  const services = ofKind('Service').map(({ metadata }) => metadata.name);
  expect(
    [...config.subgraphUrls.values()].map(({ host }) => host).filter((host) => !services.includes(host)),
  ).toEqual([]);
});

it('end no process before it has stopped in order', () => {
  for (const one of DEPLOYMENTS) {
    const { terminationGracePeriodSeconds: until, containers } = podOf(one).spec;
    const [, pause] = containers[0].lifecycle!.preStop.exec.command;
    const [shutdownDrainMs, shutdownGraceMs] = [SETTINGS.SHUTDOWN_DRAIN_MS, SETTINGS.SHUTDOWN_GRACE_MS].map(
      Number,
    ) as [number, number];
    const neededMs = Number(pause) * 1000 + longestCloseMs({ shutdownDrainMs, shutdownGraceMs });
    expect(until * 1000).toBeGreaterThan(neededMs + 2_000);
  }
});

it('ask for health where there is an answer', () => {
  const routes = [...read('gateway/http/health.ts').matchAll(/'(\/health[a-z/]*)'/g)].map(
    ([, route]) => route!,
  );
  for (const one of DEPLOYMENTS) {
    const { startupProbe, readinessProbe, livenessProbe, ports } = podOf(one).spec.containers[0];
    const probes = [startupProbe!, readinessProbe!, livenessProbe!].map(({ httpGet }) => httpGet);
    expect(probes.map((probe) => probe.path)).toEqual(['/health/live', '/health/ready', '/health/live']);
    expect(probes.filter((probe) => !routes.includes(probe.path))).toEqual([]);
    expect(new Set(probes.map(({ port }) => port))).toEqual(new Set([ports![0]!.name]));
  }
});

it('have no rights and bounded memory', () => {
  for (const one of PROCESSES) {
    const { securityContext, automountServiceAccountToken, containers } = podOf(one).spec;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(automountServiceAccountToken).toBe(false);
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const { requests, limits } = containers[0].resources;
    expect([Object.keys(requests), Object.keys(limits)]).toEqual([['cpu', 'memory'], ['memory']]);
  }
});

it('name each other by names and labels that exist', () => {
  const byName = (kind: string) => new Map(ofKind(kind).map((one) => [one.metadata.name, one]));
  const deployments = byName('Deployment');
  const labelled = (labels: object) =>
    DEPLOYMENTS.filter((one) =>
      Object.entries(labels).every(([name, value]) => podOf(one).metadata.labels[name] === value),
    ).map(({ metadata }) => metadata.name);
  for (const one of DEPLOYMENTS) {
    const { selector } = one.spec as { selector: { matchLabels: object } };
    const spreads = podOf(one).spec.topologySpreadConstraints!.map(
      (spread) => spread.labelSelector.matchLabels,
    );
    for (const labels of [selector.matchLabels, ...spreads])
      expect(labelled(labels)).toEqual([one.metadata.name]);
  }
  for (const { metadata, spec } of ofKind('Service'))
    expect(labelled((spec as { selector: object }).selector)).toEqual([metadata.name]);
  for (const { metadata, spec } of ofKind('PodDisruptionBudget'))
    expect(labelled((spec as { selector: { matchLabels: object } }).selector.matchLabels)).toEqual([
      metadata.name,
    ]);
  for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
    const { scaleTargetRef } = spec as { scaleTargetRef: { name: string } };
    // A number of replicas here would undo that of the autoscaler at each apply.
    expect(deployments.get(scaleTargetRef.name)!.spec).not.toHaveProperty('replicas');
  }
  const [policy] = ofKind('NetworkPolicy');
  expect(
    labelled((policy!.spec as { podSelector: { matchLabels: object } }).podSelector.matchLabels),
  ).toEqual([...deployments.keys()]);
  const text = JSON.stringify(ofKind('Ingress')[0]!.spec);
  expect([...byName('Service').keys()]).toContain(/"service":\{"name":"([^"]+)"/.exec(text)![1]);
  expect(text.match(/"pos\.example\.com"/g)).toHaveLength(2);
  expect(SETTINGS.PUBLIC_URL).toBe('https://pos.example.com');
});

it('a small cluster applies the base alone', () => {
  expect(BASE.map(({ kind }) => kind).sort()).toEqual([
    'ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'Service',
  ]); // prettier-ignore
  expect(PRODUCTION.map(({ metadata }) => metadata.namespace)).toEqual(PRODUCTION.map(() => 'pospro'));
});
