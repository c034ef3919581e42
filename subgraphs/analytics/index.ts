/** Everything that other domains may call: the reports of finance, and the settings of accounting. */
export { ANALYTICS_EVENTS } from './events';
export {
  ACCOUNTING_DEFAULTS,
  accountingSettings,
  shownAccountingSettings,
  updateAccountingSettings,
} from './finance/accounts/accounting-settings';
export { closeTaxPeriod } from './finance/tax-periods/close-tax-period';
export { checkReportDays, removeReportDays, storeReportDays } from './report-days/store-report-days';
