import type { Resolvers } from '../types.generated';
import type { DomainTypes } from './setting-types.rules';
import { listSettingChanges } from './setting-history.queries';
import { listSettings, placeOf, readSettings, showSetting, updateSetting, type Settings } from './settings';

/** @param domains all domains; the list is complete once all are loaded. */
export function settingResolvers(domains: () => readonly DomainTypes[]): Resolvers {
  let kept: Settings | undefined;
  const settings = () => (kept ??= readSettings(domains()));
  return {
    Query: {
      systemSettings: (_, filter, ctx) => listSettings(ctx, settings(), filter),
      systemSetting: (_, { key, branchId }, ctx) => showSetting(ctx, settings(), key, branchId),
      systemSettingHistory: async (_, { key, branchId, ...args }, ctx) => {
        const { setting, rowId } = await placeOf(ctx, settings(), key, branchId);
        return listSettingChanges(ctx, setting, rowId, args);
      },
    },
    Mutation: {
      updateSystemSetting: (_, { key, input }, ctx) => updateSetting(ctx, settings(), key, input),
    },
    SystemSettingChange: {
      actor: ({ actorKind, userId, role, sessionId }) => ({ kind: actorKind, userId, role, sessionId }),
    },
  };
}
