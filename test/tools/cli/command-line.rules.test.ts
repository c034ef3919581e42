import { COMMANDS } from '#tools/cli/commands';
import { commandsBelow, findCommand, helpOf, nearestCommand, overview } from '#tools/cli/command-line.rules';

const nameOf = (...words: string[]) => findCommand(COMMANDS, words)?.command.name;

it('finds commands of one word and of two', () => {
  expect([nameOf('backup'), nameOf('backup', 'list'), nameOf('users', 'add', 'ann@shop.test')]).toEqual([
    'backup',
    'backup list',
    'users add',
  ]);
  expect(findCommand(COMMANDS, ['import', 'a.csv', '--dry-run'])?.rest).toEqual(['a.csv', '--dry-run']);
  expect([nameOf('users'), nameOf('bakcup'), nameOf()]).toEqual([undefined, undefined, undefined]);
});

it.each([
  ['imprt', 'import'],
  ['bakcup', 'backup'],
  ['user add', 'users add'],
  ['docter', 'doctor'],
  ['audit-verify', 'audit verify'],
  ['strat', 'start'],
])('%s is nearest to %s', (typed, command) => {
  expect(nearestCommand(COMMANDS, typed.split(' '))).toBe(command);
});

it('names the commands below a word', () => {
  expect(commandsBelow(COMMANDS, 'backup').map(({ name }) => name)).toEqual(['backup list', 'backup verify']);
});

it('shows every command in the overview, and every option in the help', () => {
  const lines = overview(COMMANDS).split('\n');
  for (const command of COMMANDS) {
    expect(lines.filter((line) => line.startsWith(`  ${command.name} `))).not.toEqual([]);
    const help = helpOf(command);
    for (const name of Object.keys(command.options ?? {})) expect(help).toContain(`--${name}`);
    for (const name of command.positionals ?? []) expect(help.split('\n')[0]).toContain(name);
  }
});

it('has no option for a secret, which other users of the machine would see', () => {
  const withValue = COMMANDS.flatMap(({ options = {} }) => Object.entries(options)).filter(
    ([, { type }]) => type === 'string',
  );
  expect(withValue.filter(([name]) => /password|secret|token|key/.test(name))).toEqual([]);
});
