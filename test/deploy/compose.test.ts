/** docker-compose.yml follows the compose specification, and gives every process of PosPro the settings of the operator. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as dclint from 'dclint';
import { readConfig, SETTING_NAMES } from '#kernel/config';
import { longestCloseMs } from '#gateway/stop-times';
import { subgraphs } from '#subgraphs/list';
import { COMPOSE_FILE, composeServices, environmentOf, interpolate, type Service } from './compose-file';
import { read, ROOT } from './files';

const SECRETS = { JWT_SECRET: 'x'.repeat(32), POSTGRES_PASSWORD: 'secret' };
const SIZES = ['small', 'large'];
const isOurs = ({ image }: Service) => image.startsWith('pospro:');

/** The part of the linter that is used here: its own types do not resolve. */
interface Linter {
  lintFiles(
    files: readonly string[],
    recursive: boolean,
  ): { messages: { rule: string; message: string }[] }[];
}
const untyped: unknown = dclint;
const { DCLinter } = untyped as { readonly DCLinter: new (config: object) => Linter };

/** Breaches of the specification's schema, which the linter ships. */
function schemaErrors(file: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  return linter
    .lintFiles([file], false)
    .flatMap(({ messages }) => messages)
    .filter(({ rule }) => rule === 'invalid-schema' || rule === 'invalid-yaml')
    .map(({ message }) => message);
}

it('follows the compose specification', () => {
  expect(schemaErrors(COMPOSE_FILE)).toEqual([]);
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-compose-'));
  try {
    const file = path.join(folder, 'docker-compose.yml');
    writeFileSync(file, read('docker-compose.yml').replace('depends_on:', 'depend_on:'));
    expect(schemaErrors(file)).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('replaces variables as compose does', () => {
  expect(interpolate('a ${A} ${B:-none} ${C:-x${A}y}!', { A: '1' })).toBe('a 1 none x1y!');
  expect(interpolate('${A:?set it}', { A: '1' })).toBe('1');
  expect(() => interpolate('${A:?set it}', { A: '' })).toThrow('A: set it');
});

it.each(SIZES)('%s asks for the secrets, which have no defaults', (size) => {
  for (const name of Object.keys(SECRETS)) {
    const without = { ...SECRETS, [name]: '' };
    expect(() => composeServices(size, without)).toThrow(name);
  }
});

it('has a profile for each size, and each service is in one', () => {
  const names = (size: string) => Object.keys(composeServices(size, SECRETS)).sort();
  expect(names('small')).toEqual(['gateway', 'migrate', 'nginx', 'postgres']);
  expect(names('large')).toEqual([
    'analytics', 'gateway-1', 'gateway-2', 'migrate', 'nginx-tls', 'postgres', 'redis', 'replica', 'webhooks',
  ]); // prettier-ignore
  const all = new Set(SIZES.flatMap(names));
  expect(
    names('small')
      .concat(names('large'))
      .every((name) => all.has(name)),
  ).toBe(true);
});

it.each(SIZES)('%s waits for services that it has', (size) => {
  const services = composeServices(size, SECRETS);
  for (const { depends_on = {} } of Object.values(services))
    expect(Object.keys(depends_on).filter((name) => !(name in services))).toEqual([]);
});

it.each(SIZES)('%s gives every process all settings of .env', (size) => {
  // Only the image sets these: the others rely on them.
  const fixed = ['NODE_ENV', 'HOST', 'PORT', 'DATA_DIR'];
  const given = Object.fromEntries(SETTING_NAMES.map((name) => [name, `the operator's ${name}`]));
  const variables = { ...SECRETS, ...given };
  const processes = Object.entries(composeServices(size, variables)).filter(([, service]) => isOurs(service));
  expect(processes.length).toBeGreaterThan(1);
  for (const [name, service] of processes) {
    const environment = environmentOf(service, variables);
    const missing = SETTING_NAMES.filter((setting) => environment[setting] !== given[setting]);
    expect([name, missing.filter((setting) => !fixed.includes(setting))]).toEqual([name, []]);
  }
});

it.each(SIZES)('%s sets settings that exist, and its processes start with them', (size) => {
  const services = composeServices(size, SECRETS);
  for (const [name, service] of Object.entries(services).filter(([, one]) => isOurs(one))) {
    expect(Object.keys(service.environment!).filter((setting) => !SETTING_NAMES.includes(setting))).toEqual(
      [],
    );
    const config = readConfig({ NODE_ENV: 'production', ...environmentOf(service, SECRETS) });
    const hosts = [config.databaseUrl, config.replica?.url, ...config.subgraphUrls.values()].flatMap((url) =>
      url === undefined ? [] : [new URL(url).hostname],
    );
    for (const { host } of config.redis?.address.servers ?? []) hosts.push(host);
    expect([name, hosts.filter((host) => !(host in services))]).toEqual([name, []]);
    for (const [subgraph, { hostname, pathname }] of config.subgraphUrls) {
      const command = services[hostname]!.command!;
      expect(command.slice(command.indexOf('subgraph.js') + 1)).toContain(subgraph);
      expect(pathname).toBe(`/${subgraph}`);
      expect(subgraphs.map((one) => one.name)).toContain(subgraph);
    }
  }
});

it.each(SIZES)('%s ends no process before it has stopped in order', (size) => {
  for (const service of Object.values(composeServices(size, SECRETS)).filter(isOurs)) {
    const closeMs = longestCloseMs(readConfig(environmentOf(service, SECRETS)));
    const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period!)![1]);
    expect(seconds * 1000).toBeGreaterThan(closeMs + 5_000);
  }
});

it.each(SIZES)('%s mounts files that exist', (size) => {
  const mounted = Object.values(composeServices(size, SECRETS)).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.split(':')[0]!).filter((place) => place.startsWith('./')),
  );
  expect(mounted.length).toBeGreaterThan(4);
  for (const place of mounted)
    expect([place, statSync(path.join(ROOT, place)).mode & 0o444]).toEqual([place, 0o444]);
});

it.each(SIZES)('%s runs the programs of the image', (size) => {
  const programs = Object.values(composeServices(size, SECRETS))
    .filter(isOurs)
    .flatMap(({ command = ['main.js'] }) => command.filter((part) => part.endsWith('.js')));
  const built = [
    ...read('tools/build/build-dist.ts').matchAll(/^ {2}'?([a-z-]+)'?: '(?:gateway|tools)\//gm),
  ].map(([, name]) => `${name}.js`);
  expect(programs.filter((program) => !built.includes(program))).toEqual([]);
});
