/** Everything that other domains may call: the reports of finance. */
export { ANALYTICS_EVENTS } from './events';
export { closeTaxPeriod } from './finance/tax-periods/close-tax-period';
