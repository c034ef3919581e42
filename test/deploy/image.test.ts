/** The image of deploy/Dockerfile, and the settings in the README, are what the code reads. */
import { SETTING_NAMES } from '#kernel/config';
import { read } from './files';

const dockerfile = read('deploy/Dockerfile');

it('the README names every setting', () => {
  expect(SETTING_NAMES.length).toBeGreaterThan(30);
  const table = read('README.md');
  expect(SETTING_NAMES.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

it('sets what is read', () => {
  const [, text] = /^ENV (.*)$/m.exec(dockerfile)!;
  const names = text!.match(/[A-Z][A-Z_]+(?==)/g)!;
  expect(names).toEqual(['NODE_ENV', 'PORT', 'DATA_DIR']);
  expect(names.filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
});

it('asks for health where there is an answer', () => {
  const [, asked] = /^HEALTHCHECK .*127\.0\.0\.1:8000(\/[a-z/]+)/m.exec(dockerfile)!;
  expect(asked).toBe('/health/ready');
  expect(read('gateway/http/health.ts')).toContain(`'${asked}'`);
});

it('starts a file that is there, without a shell that would keep signals to itself', () => {
  const command = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)![1]!) as string[];
  // test/tools/build starts this file of the build.
  expect(command).toEqual(['node', '--max-semi-space-size=32', 'main.js']);
  expect(/^STOPSIGNAL (.*)$/m.exec(dockerfile)![1]).toBe('SIGTERM');
});

it('runs the build alone, as a user without rights, on a version of Node that the package allows', () => {
  const stages = dockerfile.split(/^(?=FROM )/m).filter((stage) => stage.startsWith('FROM '));
  expect(stages).toHaveLength(2);
  const copied = [...stages[1]!.matchAll(/^COPY (.*)$/gm)].map(([, line]) => line);
  expect(copied).toEqual(['--from=build /build/dist ./']);
  expect(stages[1]).toMatch(/^USER node$/m);
  const versions = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, version]) => Number(version));
  expect(versions).toEqual([24, 24]);
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  expect(engines.node).toBe('>=20.19');
});

it('leaves secrets and packages of the machine out of the build', () => {
  expect(read('.dockerignore').split('\n')).toEqual(
    expect.arrayContaining(['.env', '.git', 'node_modules', 'dist']),
  );
});
