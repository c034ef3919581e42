/** `pospro doctor`: checks all that a start needs, and says of each whether it is in order, or what is wrong and what to do. */
import { ConfigError, SETTING_NAMES, readConfig, type Config } from '#kernel/config';
import { withKeptSecret } from '#gateway/first-start';
import { say } from '../run-tool';
import { checkDatabase } from './check-database';
import {
  checkDisk,
  checkMail,
  checkNode,
  checkPort,
  checkRedis,
  checkReplica,
  checkStorage,
} from './check-machine';
import type { Finding } from './check-result';

const EXIT_WRONG = 1;

export async function examine(): Promise<number> {
  // Time limits alone do not keep a process alive, and a check may wait for an answer on a connection that is gone.
  const alive = setInterval(() => undefined, 1_000);
  try {
    return await examineAll();
  } finally {
    clearInterval(alive);
  }
}

async function examineAll(): Promise<number> {
  const { config, findings } = examineSettings(process.env);
  for (const finding of findings) print(finding);
  const checks: (Finding[] | Promise<Finding[]>)[] = [checkNode()];
  if (config)
    checks.push(
      checkDatabase(config),
      checkReplica(config),
      checkRedis(config),
      checkPort(config),
      checkDisk(config),
      checkStorage(config),
      checkMail(config),
    );
  for (const check of checks)
    for (const finding of await check) {
      findings.push(finding);
      print(finding);
    }
  const wrong = findings.filter(({ problem }) => problem !== undefined).length;
  say('');
  if (!config) say('The other checks need valid settings.');
  say(
    wrong === 0 ? 'Everything is in order.' : `${wrong} of ${findings.length} checks found something wrong.`,
  );
  return wrong === 0 ? 0 : EXIT_WRONG;
}

/**
 * The errors of the settings. The other checks then use the settings without the wrong ones, as far as those are valid.
 */
function examineSettings(env: NodeJS.ProcessEnv): { config: Config | undefined; findings: Finding[] } {
  try {
    const config = readConfig(withKeptSecret(env));
    const given = SETTING_NAMES.filter((name) => env[name]);
    const names = given.length === 0 ? 'all have their defaults' : given.join(', ');
    return { config, findings: [{ subject: 'settings', state: `valid: ${names}` }] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.faults.map((fault) => ({
      subject: 'settings',
      problem: fault,
      remedy: 'Correct the variable in the environment or in .env. The README lists all settings.',
    }));
    return { config: withoutFaults(env, error), findings };
  }
}

function withoutFaults(env: NodeJS.ProcessEnv, { faults }: ConfigError): Config | undefined {
  const wrong = new Set(faults.map((fault) => fault.split(' ')[0]!));
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
  try {
    return readConfig(withKeptSecret(rest));
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function print({ subject, state, problem, remedy }: Finding): void {
  const label = subject.padEnd(10);
  if (problem === undefined) {
    say(`ok     ${label} ${state ?? ''}`);
    return;
  }
  say(`WRONG  ${label} ${problem.replaceAll('\n', `\n${' '.repeat(18)}`)}`);
  if (remedy !== undefined) say(`${' '.repeat(18)}→ ${remedy}`);
}
