/** The PostgreSQL of the test run: started before the first test (global-setup.ts), or named by TEST_DATABASE_URL. */
import { Client, escapeIdentifier } from 'pg';

export interface Template {
  /** The server, as somebody who may create databases. */
  serverUrl: string;
  /** A database with all migrations applied. */
  name: string;
  /** The files of a shop in it, to be copied into a platform's data folder. */
  dataDir?: string;
}

const TEMPLATE_VARIABLE = 'POSPRO_TEST_TEMPLATE';

/** Leaves the template's place for the worker processes, which inherit the environment. */
export function announceTemplate(template: Template): void {
  process.env[TEMPLATE_VARIABLE] = JSON.stringify(template);
}

/** @throws Error outside of a jest run. */
export function templateDatabase(): Template {
  const text = process.env[TEMPLATE_VARIABLE];
  if (!text)
    throw new Error('The test server is not running: jest starts it in test/harness/global-setup.ts.');
  return JSON.parse(text) as Template;
}

/** The same server's URL with another database. */
export function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * Makes a database like a template. Its files are copied: PostgreSQL's default, which writes every page to the log, takes five times
 * as long.
 */
export async function cloneTemplate({ serverUrl, name }: Template, clone: string): Promise<void> {
  await asOwner(serverUrl, `create database ${clone} template ${escapeIdentifier(name)} strategy file_copy`);
}

/** Runs statements as the database's owner on a connection of their own. */
export async function asOwner(url: string, ...statements: string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
