import { parseRedisAddress } from '#kernel/redis/redis-address.rules';
import { readConfig } from '#kernel/config';

const SINGLE = { cluster: false, tls: false, username: undefined, password: undefined, database: 0 };

it.each([
  ['redis://cache', { ...SINGLE, servers: [{ host: 'cache', port: 6379 }] }],
  [
    'rediss://shop:p%40ss@cache.example:6380/2',
    {
      ...SINGLE,
      tls: true,
      username: 'shop',
      password: 'p@ss',
      database: 2,
      servers: [{ host: 'cache.example', port: 6380 }],
    },
  ],
  ['redis://[::1]:7000', { ...SINGLE, servers: [{ host: '::1', port: 7000 }] }],
  [
    'redis+cluster://:secret@a:7000,b:7001,c',
    {
      ...SINGLE,
      cluster: true,
      password: 'secret',
      servers: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
    },
  ],
  [
    'rediss+cluster://one.example',
    { ...SINGLE, cluster: true, tls: true, servers: [{ host: 'one.example', port: 6379 }] },
  ],
])('%s is read', (text, address) => {
  expect(parseRedisAddress(text)).toEqual(address);
});

it.each([
  ['cache:6379', 'must be a redis://, rediss://, redis+cluster:// or rediss+cluster:// URL'],
  ['http://cache', 'must be a redis://, rediss://, redis+cluster:// or rediss+cluster:// URL'],
  ['redis://', 'must be a redis://, rediss://, redis+cluster:// or rediss+cluster:// URL'],
  ['redis://a,b', 'names several servers, which only a redis+cluster:// URL may'],
  ['redis+cluster://a,', 'has a server that is not host or host:port'],
  ['redis+cluster://a,b:port', 'has a server that is not host or host:port'],
  ['redis://a/first', 'may end with the number of a database, and not for a cluster, which has only one'],
  ['redis+cluster://a/1', 'may end with the number of a database, and not for a cluster, which has only one'],
])('%s is rejected: %s', (text, message) => {
  expect(() => parseRedisAddress(text)).toThrow(new Error(message));
});

it('a setting that is not an address stops the start, and names the setting', () => {
  expect(() => readConfig({ REDIS_URL: 'http://cache', REDIS_PREFIX: 'a shop' })).toThrow(
    [
      'The configuration is not valid:',
      '  - REDIS_URL must be a redis://, rediss://, redis+cluster:// or rediss+cluster:// URL',
      '  - REDIS_PREFIX must be 1 to 40 letters, digits, dots, dashes and underscores',
    ].join('\n'),
  );
});
