/**
 * The engine's connection without a database. The engine reads the server's version before it compares schema
 * files, although the comparison needs none; this returns the oldest version that PosPro supports.
 */
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type ErrorCapturingSqlMigrationAwareDriverAdapterFactory,
  type SqlDriverAdapter,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';

const OLDEST_VERSION: SqlResultSet = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
  rows: [[true, 'PostgreSQL 15.0', 150_000]],
};

function refuse(): Promise<never> {
  return Promise.reject(new Error('This command needs a database: set DATABASE_URL.'));
}

const adapter: SqlDriverAdapter = {
  provider: 'postgres',
  adapterName: 'offline',
  queryRaw: (query) =>
    query.sql.includes('server_version_num') ? Promise.resolve(OLDEST_VERSION) : refuse(),
  executeRaw: refuse,
  executeScript: refuse,
  startTransaction: refuse,
  dispose: () => Promise.resolve(),
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
};

export const offlineAdapterFactory: ErrorCapturingSqlMigrationAwareDriverAdapterFactory =
  bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: 'offline',
    connect: () => Promise.resolve(adapter),
    connectToShadowDb: refuse,
  });
