/** The command line as text: the command that it names, its help, and the nearest command to a misspelled one. */
import leven from 'leven';
import type { Command, Option } from './command';

/** The command that the first words name, and the words after it; undefined for an unknown one. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = words.length >= count ? commands.find((one) => one.name === name) : undefined;
    if (command) return { command, rest: words.slice(count) };
  }
  return undefined;
}

/** The commands whose first word this is, such as "users add" for "users". */
export function commandsBelow(commands: readonly Command[], word: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${word} `));
}

/** The name of the command that is the most like the words. */
export function nearestCommand(commands: readonly Command[], words: readonly string[]): string {
  const distance = (name: string) =>
    Math.min(leven(words.slice(0, 2).join(' '), name), leven(words[0] ?? '', name));
  return commands
    .map(({ name }) => name)
    .reduce((best, name) => (distance(name) < distance(best) ? name : best));
}

/** The first line of a command's help. */
export function usageOf({ name, positionals = [], options = {} }: Command): string {
  const given = Object.keys(options).length > 0 ? ' [options]' : '';
  return ['pospro', name, ...positionals].join(' ') + given;
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const { summary, options = {}, notes = [] } = command;
  const rows = Object.entries(options).map(([name, option]): [string, string] => [
    labelOf(name, option),
    option.description,
  ]);
  return [
    `Usage: ${usageOf(command)}`,
    '',
    `${summary}.`,
    ...(rows.length > 0 ? ['', 'Options:', ...table(rows)] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

/** The help of all commands. */
export function overview(commands: readonly Command[]): string {
  return [
    'Usage: pospro COMMAND [options]',
    '',
    ...table(
      commands.map(({ name, positionals = [], summary }) => [[name, ...positionals].join(' '), summary]),
    ),
    '',
    'pospro help COMMAND shows the options of a command. All commands read the settings from the environment, as the server does.',
  ].join('\n');
}

function labelOf(name: string, { type, value = 'TEXT', multiple = false }: Option): string {
  const times = multiple ? ' …' : '';
  return type === 'boolean' ? `--${name}` : `--${name} ${value}${times}`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`);
}
