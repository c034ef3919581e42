/** The settings of a platform or a database of a test. */
import { readConfig, type Config } from '#kernel/config';

export function testConfig(settings: Readonly<Record<string, string>>): Config {
  return readConfig({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    JWT_SECRET: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
    // A test that is about a limit sets it.
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_LOGINS_PER_MINUTE: '0',
    RATE_LIMIT_VISITORS_PER_MINUTE: '0',
    ...settings,
  });
}
