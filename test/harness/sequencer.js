/**
 * The order of the test files. Without times of a former run, as on a clean checkout, jest begins with the largest file; some small files
 * take minutes, because they run whole pages, builds or attacks. Those begin first, so that no worker is left alone with one at the end.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

/** Files and folders that took more than a minute in a run of CI, the slowest first. */
const SLOW = [
  'test/docs/contributing',
  'test/docs/snippets',
  'test/faults/two-processes',
  'test/faults/crashes',
  'test/security/hostile-texts',
  'test/tools/build',
  'test/tools/cli/pospro',
  'test/tools/migrations/upgrade',
  'test/browser/',
  'test/orders/payments/crash-safety',
  'test/rest/plans',
  'test/rest/large-files',
  'test/live/event-permissions',
  'test/payments/settlements/settlement-statuses',
  'test/marketing/codes/large-batch',
  'test/gateway/field-permissions',
  'test/gateway/authorization',
  'test/admin/backup/restore',
  'test/security/hostile-rest',
  'test/day/online-retail',
  'test/pos/large-sale',
];

/** The place of a file among the slow ones; every other file comes after them. */
function rank({ path }) {
  const place = SLOW.findIndex((name) => path.includes(name));
  return place < 0 ? SLOW.length : place;
}

module.exports = class extends Sequencer {
  sort(tests) {
    // The sort of JavaScript is stable: the other files keep jest's own order.
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
