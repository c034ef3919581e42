/**
 * `pospro`: the commands of an operator. Exits with 0, with 1 if a command found something that is not in order, and with 2 if it could
 * not do its work, as for a wrong command line.
 */
import '#gateway/environment';
import { parseArgs } from 'node:util';
import { version } from '../../package.json';
import { runTool, say } from '../run-tool';
import { UsageError } from './errors';
import type { Arguments, Command, Option, ParsedOptions } from './command';
import { commandsBelow, findCommand, helpOf, nearestCommand, overview, usageOf } from './command-line.rules';
import { COMMANDS } from './commands';

const HELP = new Set(['help', '--help', '-h']);

/** @returns the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === undefined || HELP.has(first)) return help(words.slice(1));
  if (first === '--version' || first === '-v') {
    say(version);
    return 0;
  }
  const found = findCommand(COMMANDS, words);
  if (!found) throw new UsageError(unknownCommand(words));
  if (found.rest.includes('--help') || found.rest.includes('-h')) {
    say(helpOf(found.command));
    return 0;
  }
  const given = argumentsOf(found.command, found.rest);
  const run = await found.command.load();
  return (await run(given)) ?? 0;
}

function help(words: readonly string[]): number {
  const [word] = words;
  if (word === undefined) say(overview(COMMANDS));
  else {
    const found = findCommand(COMMANDS, words);
    const below = commandsBelow(COMMANDS, word);
    if (!found && below.length === 0) throw new UsageError(unknownCommand(words));
    say(found ? helpOf(found.command) : overview(below));
  }
  return 0;
}

function unknownCommand(words: readonly string[]): string {
  const [first = ''] = words;
  const below = commandsBelow(COMMANDS, first);
  if (below.length > 0 && words.length === 1)
    return `"${first}" is one of: ${below.map(({ name }) => `pospro ${name}`).join(', ')}.`;
  const typed = below.length > 0 ? words.slice(0, 2) : [first];
  return `There is no command "${typed.join(' ')}". Did you mean "pospro ${nearestCommand(COMMANDS, typed)}"? "pospro help" lists all commands.`;
}

function argumentsOf(command: Command, rest: readonly string[]): Arguments {
  const { options = {}, positionals: names = [] } = command;
  let parsed;
  try {
    parsed = parseArgs({
      args: [...rest],
      options: parsedOptions(options),
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: ${usageOf(command)}`);
  }
  const { values, positionals } = parsed;
  if (positionals.length !== names.length) {
    const wanted = names.length === 0 ? 'no arguments' : names.join(' ');
    throw new UsageError(`"pospro ${command.name}" takes ${wanted}.\nUsage: ${usageOf(command)}`);
  }
  const texts = (name: string) => [values[name] ?? []].flat().map(String);
  return { positionals, text: (name) => texts(name)[0], texts, flag: (name) => values[name] === true };
}

function parsedOptions(options: Readonly<Record<string, Option>>): ParsedOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
  );
}

runTool(() => main(process.argv.slice(2)));
