/** Administration of the platform in the graph. */
import { mergeResolvers } from '@graphql-tools/merge';
import { verifyTrail } from '#kernel/audit/verify';
import { organizationOf } from '#kernel/auth/access';
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { readFeatures } from '#kernel/features';
import { loader } from '#kernel/graph/loader';
import { defineSubgraph, type SubgraphModule } from '#kernel/graph/subgraph';
import { changesOf, listAuditEntries } from './audit-logs.queries';
import { downloadRoute } from './backup/backup-downloads';
import { stopBackups } from './backup/backups';
import { backupResolvers } from './backup/resolvers';
import { startScheduledBackups } from './backup/scheduled-backups.worker';
import { clearCache, followCacheClearing } from './caches';
import { updateFeatureSettings } from './features/feature-settings';
import { visibleValue } from './hidden-values.rules';
import { ADMIN_RETENTION } from './retention';
import { settingResolvers } from './settings/resolvers';
import { setupResolvers } from './setup/resolvers';
import { retentionRules, startPruning } from './retention/prune-rows.worker';
import { readRetention, updateRetentionSettings } from './retention/retention-settings';
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
    featureSettings: (_, __, ctx) => readFeatures(ctx.db),
    retentionSettings: (_, __, ctx) => readRetention(ctx.db),
    verifyAuditTrail: (_, __, ctx) => verifyTrail(ctx.db, organizationOf(ctx)),
  },
  Mutation: {
    updateFeatureSettings: (_, { input }, ctx) => updateFeatureSettings(ctx, input),
    updateRetentionSettings: (_, { input }, ctx) => updateRetentionSettings(ctx, input),
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

/** Operations on the caches. @param domains all domains, which have caches. */
const cacheResolvers = (domains: () => readonly SubgraphModule[]): Resolvers => ({
  Mutation: {
    clearCache: (_, { input }, ctx) => {
      const known = domains().map(({ name }) => name);
      return clearCache(ctx, known, input);
    },
  },
});

/** @param later.domains all domains: their schemas define the settings, and each names the rows that are deleted after some days. */
export const subgraph = ({ domains }: { domains: () => readonly SubgraphModule[] }) =>
  defineSubgraph(__dirname, {
    retention: ADMIN_RETENTION,
    resolvers: mergeResolvers([
      resolvers,
      cacheResolvers(domains),
      settingResolvers(domains),
      setupResolvers,
      backupResolvers,
    ]),
    metrics: ADMIN_METRICS,
    routes: [downloadRoute],
    start: (services) => {
      const unsubscribe = followCacheClearing(services);
      const stopSchedule = startScheduledBackups(services);
      const stopPruning = startPruning(services, retentionRules(domains()));
      return Promise.resolve(async () => {
        unsubscribe();
        await stopPruning();
        await stopSchedule();
        await stopBackups();
      });
    },
  });
