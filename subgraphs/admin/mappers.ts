/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { TrailCheck as AuditTrailCheck } from '#kernel/audit/verify';
export type { AuditEntryRow as AuditEntry } from './audit-logs.queries';
export type { SystemSetting } from './settings/settings';
export type { SystemSettingChange } from './settings/setting-history.queries';
export type { FeatureSettings } from '#kernel/features';
export type { RetentionSettings } from './retention/retention-settings';
export type { BackupRow as Backup } from './tables.generated';
export type { BackupDownload } from './backup/backup-downloads';
export type { BackupCheck } from './backup/verify-backup';
