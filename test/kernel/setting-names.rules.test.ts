import { readConfig, ConfigError } from '#kernel/config';
import { nearMisses } from '#kernel/setting-names.rules';

const SETTINGS = ['CORS_ORIGINS', 'DATABASE_URL', 'HOST', 'PORT', 'REDIS_URL', 'RATE_LIMIT_PER_MINUTE'];

it.each([
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['database_url', 'DATABASE_URL'],
  ['RATELIMIT_PER_MINUTE', 'RATE_LIMIT_PER_MINUTE'],
  ['REDIS_URI', 'REDIS_URL'],
])('%s is nearly %s', (name, meant) => {
  expect(nearMisses([name], SETTINGS)).toEqual([`${name} is not a setting; the name is ${meant}`]);
});

it('leaves settings and other variables alone', () => {
  const others = [
    'HOSTNAME',
    'HOME',
    'PATH',
    'REDIS_PORT',
    'DATABASE_USER',
    'TEST_DATABASE_URL',
    'SORT',
    'ports',
  ];
  expect(nearMisses([...SETTINGS, ...others], SETTINGS)).toEqual([]);
});

it('leaves the other settings of OpenTelemetry alone', () => {
  const names = ['TRACES_ENDPOINT', 'METRICS_ENDPOINT', 'LOGS_ENDPOINT', 'HEADERS', 'TIMEOUT', 'PROTOCOL'];
  const env = Object.fromEntries(names.map((name) => [`OTEL_EXPORTER_OTLP_${name}`, 'http://a:4318']));
  expect(readConfig(env).tracing!.url).toBe('http://a:4318');
});

it('is told with all other errors of the settings', () => {
  const read = () => readConfig({ CORS_ORIGIN: '*', PORT: 'x' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow('CORS_ORIGIN is not a setting; the name is CORS_ORIGINS');
  expect(read).toThrow('PORT ');
});
