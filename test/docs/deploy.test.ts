/** What stands in deploy/, docker-compose.yml and the README is what the code reads. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const read = (file: string) => readFileSync(path.resolve(__dirname, '../..', file), 'utf8');
const SETTINGS = [...read('kernel/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name!);
const HEALTH = [...read('gateway/http/health.ts').matchAll(/'(\/health[a-z/]*)'/g)].map(
  ([, address]) => address!,
);

/** Names in capitals that a file sets: `NAME: value`, `name: NAME, value`, `--from-literal=NAME=`, `NAME=value` behind ENV. */
function settingsIn(text: string): string[] {
  const forms = [/^ {6}([A-Z][A-Z_]+):/gm, /name: ([A-Z][A-Z_]+),/g, /--from-literal=([A-Z][A-Z_]+)=/g];
  const env = /^ENV (.*)$/m.exec(text)?.[1] ?? '';
  return [
    ...forms.flatMap((form) => [...text.matchAll(form)].map(([, name]) => name!)),
    ...(env.match(/[A-Z][A-Z_]+(?==)/g) ?? []),
  ];
}

it('the README names every setting', () => {
  expect(SETTINGS.length).toBeGreaterThan(30);
  const table = read('README.md');
  expect(SETTINGS.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

it.each(['docker-compose.yml', 'deploy/Dockerfile', 'deploy/kubernetes.yaml'])(
  '%s sets what is read',
  (file) => {
    const set = settingsIn(read(file)).filter((name) => !name.startsWith('POSTGRES_'));
    expect(set.length).toBeGreaterThan(2);
    expect(set.filter((name) => !SETTINGS.includes(name))).toEqual([]);
  },
);

it.each(['deploy/Dockerfile', 'deploy/kubernetes.yaml'])('%s asks where there is an answer', (file) => {
  const asked = [...read(file).matchAll(/\/health\/[a-z]+/g)].map(([address]) => address);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((address) => !HEALTH.includes(address))).toEqual([]);
});

it('the image starts a file that is there, without a shell that would keep signals to itself', () => {
  const command = JSON.parse(/^CMD (.*)$/m.exec(read('deploy/Dockerfile'))![1]!) as string[];
  // test/tools/build starts this file of the build.
  expect(command).toEqual(['node', '--max-semi-space-size=32', 'main.js']);
});
