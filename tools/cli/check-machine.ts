/** The checks of what surrounds the database: Node, port, disk, replica, Redis, bucket and mail server. */
import { mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { engines } from '../../package.json';
import type { Config } from '#kernel/config';
import { readDatabaseUrl } from '#kernel/db/database-url';
import { checkMailServer } from '#kernel/mail/mailer';
import { checkRedisServer } from '#kernel/redis/index';
import { storageOf } from '#kernel/storage/index';
import { inTime } from '#kernel/timeout';
import { messageOf, type Finding } from './check-result';

const CONNECT_MS = 5_000;
/** Less is used up within days of sales, logs and backups. */
const MIN_FREE_BYTES = 1_000_000_000;

export function checkNode(): Finding[] {
  const subject = 'node';
  const [major = 0, minor = 0] = engines.node
    .replace(/[^\d.]/g, '')
    .split('.')
    .map(Number);
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor))
    return [{ subject, state: process.version }];
  return [
    {
      subject,
      problem: `${process.version} is too old.`,
      remedy: `Install Node ${engines.node.replace('>=', '')} or newer.`,
    },
  ];
}

/** The port is free, or PosPro itself serves on it. */
export async function checkPort({ host, port }: Config): Promise<Finding[]> {
  const subject = 'port';
  const error = await tryPort(host, port);
  if (error === undefined) return [{ subject, state: `${port} is free` }];
  if (error.code === 'EADDRINUSE' && (await isPosPro(port)))
    return [{ subject, state: `${port} is in use by a PosPro that answers` }];
  const remedy =
    error.code === 'EADDRINUSE'
      ? `Stop the program that uses it, or set another port: PORT=${port + 1}.`
      : 'Set PORT and HOST to a port and an address that this user may use.';
  return [{ subject, problem: `${host}:${port} cannot be used: ${error.message}`, remedy }];
}

function tryPort(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port }, () => probe.close(() => resolve(undefined)));
  });
}

/** A program that closes the connection at once may leave a request without an answer and without an error, so the time is limited. */
async function isPosPro(port: number): Promise<boolean> {
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/ping`);
    return answer.ok && (await answer.text()).includes('pong');
  };
  return inTime(ask(), CONNECT_MS).catch(() => false);
}

export async function checkDisk({ dataDir, backup }: Config): Promise<Finding[]> {
  const subject = 'disk';
  try {
    await mkdir(dataDir, { recursive: true });
    const { bavail, blocks, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    const percent = Math.floor((bavail / blocks) * 100);
    const state = `${(free / 1e9).toFixed(1)} GB free (${percent} %) in ${dataDir}`;
    if (free >= MIN_FREE_BYTES && percent >= backup.minFreePercent) return [{ subject, state }];
    return [
      {
        subject,
        problem: `Only ${state}.`,
        remedy: `Free some space: below ${backup.minFreePercent} % (BACKUP_MIN_FREE_PERCENT) no backup is made, and a full disk stops all sales.`,
      },
    ];
  } catch (error) {
    return [
      { subject, problem: messageOf(error), remedy: 'Set DATA_DIR to a folder that this user may write to.' },
    ];
  }
}

export async function checkReplica({ replica }: Config): Promise<Finding[]> {
  if (!replica) return [];
  return attempt(
    'replica',
    'See that the server of DATABASE_REPLICA_URL runs; reports are read on the primary meanwhile.',
    async () => {
      const { config } = readDatabaseUrl(replica.url);
      const client = new Client({ ...config, connectionTimeoutMillis: CONNECT_MS });
      client.on('error', () => undefined);
      await client.connect();
      try {
        const { rows } = await client.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
        return rows[0]!.replica ? 'follows a primary' : 'answers, but is a primary of its own';
      } finally {
        await client.end();
      }
    },
  );
}

export async function checkRedis({ redis }: Config): Promise<Finding[]> {
  if (!redis) return [];
  return attempt(
    'redis',
    'See that the server of REDIS_URL runs, and that address and password are right.',
    async () => {
      await checkRedisServer(redis);
      return 'writes and answers';
    },
  );
}

export async function checkStorage(config: Config): Promise<Finding[]> {
  if (config.storageUrl === undefined) return [];
  return attempt(
    'bucket',
    'See that the bucket of STORAGE_URL exists, and that key, secret and endpoint are right.',
    async () => {
      for await (const file of storageOf(config).list('')) return `answers, with ${file.key}`;
      return 'answers, and is empty';
    },
  );
}

export async function checkMail({ mail: { smtpUrl }, dataDir, production }: Config): Promise<Finding[]> {
  const subject = 'mail';
  if (smtpUrl === undefined && production)
    return [
      {
        subject,
        problem: 'There is no SMTP_URL: invitations and resets of passwords reach no one.',
        remedy: 'Set SMTP_URL=smtps://user:password@host.',
      },
    ];
  if (smtpUrl === undefined)
    return [{ subject, state: `without SMTP_URL, mails are written to ${dataDir}/mail` }];
  return attempt(
    subject,
    'See that address, user and password in SMTP_URL are right; a self-signed certificate needs ?tls=insecure.',
    async () => {
      await checkMailServer(smtpUrl);
      return `${new URL(smtpUrl).host} accepts mails`;
    },
  );
}

async function attempt(subject: string, remedy: string, check: () => Promise<string>): Promise<Finding[]> {
  try {
    return [{ subject, state: await check() }];
  } catch (error) {
    return [{ subject, problem: messageOf(error), remedy }];
  }
}
