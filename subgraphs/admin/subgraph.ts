/** Administration of the platform in the graph. */
import { mergeResolvers } from '@graphql-tools/merge';
import { verifyTrail } from '#kernel/audit/verify';
import { organizationOf } from '#kernel/auth/access';
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { changesOf, listAuditEntries } from './audit-logs.queries';
import { stopBackups } from './backup/backups';
import { backupResolvers } from './backup/resolvers';
import { startScheduledBackups } from './backup/scheduled-backups.worker';
import { clearCache, followCacheClearing } from './caches';
import { visibleValue } from './hidden-values.rules';
import { settingResolvers } from './settings/resolvers';
import type { DomainTypes } from './settings/setting-types.rules';
import { ADMIN_METRICS } from './platform-metrics.queries';
import { platformStatus } from './status';
import type { Resolvers } from './types.generated';

const visible = (value: unknown, ctx: RequestContext) =>
  visibleValue(value, (scope) => permits(ctx.actor, scope));

const resolvers: Resolvers = {
  Query: {
    ping: (_, __, ctx) => ({ message: 'pong', time: ctx.clock.now() }),
    status: (_, __, ctx) => platformStatus(ctx),
    auditLogs: (_, filter, ctx) => listAuditEntries(ctx, filter),
    verifyAuditTrail: (_, __, ctx) => verifyTrail(ctx.db, organizationOf(ctx)),
  },
  Mutation: {
    clearCache: (_, __, ctx) => clearCache(ctx),
  },
  AuditEntry: {
    input: ({ input }, _, ctx) => visible(input, ctx),
    actor: ({ actorKind, userId, role, sessionId }) => ({
      kind: actorKind,
      userId,
      role,
      sessionId,
    }),
    changes: async ({ id, organizationId }, _, ctx) =>
      (await loader(ctx, 'admin.auditChanges', (ids) => changesOf(ctx.db, organizationId, ids)).load(id)) ??
      [],
  },
  AuditChange: {
    before: ({ before }, _, ctx) => visible(before, ctx),
    after: ({ after }, _, ctx) => visible(after, ctx),
  },
};

/** @param later.domains all domains, whose schemas define the settings. */
export const subgraph = ({ domains }: { domains: () => readonly DomainTypes[] }) =>
  defineSubgraph(__dirname, {
    resolvers: mergeResolvers([resolvers, settingResolvers(domains), backupResolvers]),
    metrics: ADMIN_METRICS,
    start: (services) => {
      const unsubscribe = followCacheClearing(services);
      const stopSchedule = startScheduledBackups(services);
      return Promise.resolve(async () => {
        unsubscribe();
        await stopSchedule();
        await stopBackups();
      });
    },
  });
