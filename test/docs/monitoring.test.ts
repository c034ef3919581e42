/** The alerts and the dashboard of deploy/ name metrics and labels that `/metrics` has, and the alerts fire at their limits. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { findProgram } from './programs';

const DEPLOY = path.resolve(__dirname, '../../deploy');
const read = (file: string) => readFileSync(path.join(DEPLOY, file), 'utf8');
const promtool = findProgram('promtool');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of the dashboard, by the titles of their panels. */
function dashboardQueries(): [string, string][] {
  const { panels } = JSON.parse(read('grafana/pospro.json')) as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [title, expr]),
  );
}

/** The queries of the alerts. */
function alertQueries(): [string, string][] {
  const rules = read('prometheus/alerts.yml')
    .split(/^ {6}- alert: /m)
    .slice(1);
  return rules.map((rule) => {
    const expr = /expr: (?:>-\n)?([^]*?)\n {8}for:/.exec(rule)![1]!;
    return [rule.split('\n')[0]!, expr];
  });
}

let platform: TestPlatform;
let text = '';
/** The labels of each metric that has a value. */
let labels: Map<string, Set<string>>;
beforeAll(async () => {
  // The figures of Redis and of the replica are there if the settings name one; it need not answer.
  platform = await startTestPlatform({
    demoDays: 2,
    env: { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_REPLICA_URL: 'postgresql://127.0.0.1:1/none' },
  });
  const before = labelsOf((await platform.rest('GET', '/metrics')).text);
  expect(before.has('pospro_backup_last_completed_timestamp_seconds')).toBe(false);
  const { body } = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  const token = (body as { access_token: string }).access_token;
  const registers = (await platform.rest('GET', '/api/v1/pos/registers', { token })).body as {
    items: { id: string; session: object | null }[];
  };
  const registerId = registers.items.find(({ session }) => session)!.id;
  const sale = await platform.rest('POST', '/api/v1/pos/checkout', {
    token,
    body: {
      register_id: registerId,
      items: [{ barcode: '123456789', quantity: 1 }],
      payments: [{ method: 'cash', amount: '100.00' }],
    },
  });
  expect(sale.status).toBe(201);
  const { id: orderId } = sale.body as { id: string };
  const refund = await platform.rest('POST', `/api/v1/orders/${orderId}/refund`, {
    token,
    body: { register_id: registerId, reason: 'Damaged' },
  });
  expect([refund.status, refund.text]).toEqual([201, expect.anything()]);
  await platform.graphql('query Ping { ping { message } }');
  const { id } = (await platform.rest('POST', '/api/v1/admin/backup/database', { token })).body as {
    id: string;
  };
  for (let status = 'running'; status === 'running';)
    status = (
      (await platform.rest('GET', `/api/v1/admin/backups/${id}`, { token })).body as { status: string }
    ).status;
  // Figures of the database are read every ten seconds at most.
  const isCounted = () => text.includes('pospro_refunds_total{channel="pos",currency="EUR"} 1');
  while (!isCounted()) {
    await sleep(500);
    text = (await platform.rest('GET', '/metrics')).text;
  }
  labels = labelsOf(text);
}, 240_000);
afterAll(() => platform.stop());

function labelsOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name, list = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? /gm)) {
    const known = found.get(name!) ?? new Set<string>();
    for (const [, label] of list.matchAll(/(\w+)="/g)) known.add(label!);
    found.set(name!, known);
  }
  return found;
}

/** Labels that Prometheus adds to what it scrapes, and that of several processes behind one port. */
const ADDED = new Set(['instance', 'job', 'process']);

/** Metrics that do not exist, and labels that a selector names and its metric does not have. */
function unknownNames(expr: string): string[] {
  const unknown: string[] = [];
  const names = [...expr.matchAll(/\b((?:pospro|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)];
  for (const [, name, selector = ''] of names) {
    const known = labels.get(name!);
    if (!known) unknown.push(name!);
    for (const [, label] of selector.matchAll(/(\w+)(?:=|!)/g))
      if (!known?.has(label!) && !ADDED.has(label!)) unknown.push(`${name}{${label}}`);
  }
  const all = new Set(names.flatMap(([, name]) => [...(labels.get(name!) ?? [])]));
  for (const [, list] of expr.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of list!.split(',').map((part) => part.trim()))
      if (!all.has(label) && !ADDED.has(label)) unknown.push(`by (${label})`);
  return unknown;
}

it.each([...alertQueries(), ...dashboardQueries()])(
  '%s asks for metrics and labels that exist: %s',
  (_, expr) => {
    expect(unknownNames(expr)).toEqual([]);
  },
);

it('the dashboard and the alerts ask for each figure of the business', () => {
  const asked = [...alertQueries(), ...dashboardQueries()].map(([, expr]) => expr).join('\n');
  const business = [...labels.keys()].filter((name) =>
    /^pospro_(sales|refunds|tenders|order|carts|registers|backup|disk)/.test(name),
  );
  expect(business.sort()).toEqual([
    'pospro_backup_interval_seconds',
    'pospro_backup_last_completed_timestamp_seconds',
    'pospro_carts',
    'pospro_disk_free_ratio',
    'pospro_order_status_changes_total',
    'pospro_refunds_amount_total',
    'pospro_refunds_total',
    'pospro_registers_open',
    'pospro_sales_amount_total',
    'pospro_sales_total',
    'pospro_tenders_amount_total',
    'pospro_tenders_total',
  ]);
  // The number of refunds and the amount of tenders are there for those who want another dashboard.
  expect(business.filter((name) => !asked.includes(name))).toEqual([
    'pospro_refunds_total',
    'pospro_tenders_amount_total',
  ]);
});

it('each metric has a help and a type, and is in the documentation', () => {
  const described = (word: string) =>
    [...text.matchAll(new RegExp(`^# ${word} (\\w+) .`, 'gm'))].map(([, name]) => name!).sort();
  expect(described('HELP')).toEqual(described('TYPE'));
  const types = described('TYPE');
  const series = [...labels.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  expect(series.filter((name) => !types.includes(name))).toEqual([]);
  const page = readFileSync(path.resolve(__dirname, '../../docs/OPERATIONS.md'), 'utf8');
  // A row may shorten the names that follow its first one: `pospro_live_sockets`, `_subscribers`.
  const isDocumented = (name: string) =>
    page.includes(`\`${name}`) ||
    name.startsWith('pospro_cache_') ||
    page.includes(`\`${name.slice('pospro_live'.length)}\``);
  expect(types.filter((name) => name.startsWith('pospro_') && !isDocumented(name))).toEqual([]);
});

it('the sale, its tender and its refund are counted', () => {
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(series))
        ?.split(' ')[1],
    );
  expect(value('pospro_sales_total{channel="pos",currency="EUR"}')).toBe(1);
  expect(value('pospro_sales_amount_total{channel="pos",currency="EUR"}')).toBeGreaterThan(0);
  expect(value('pospro_tenders_total{method="cash",currency="EUR"}')).toBe(1);
  expect(value('pospro_refunds_total{channel="pos",currency="EUR"}')).toBe(1);
  expect(value('pospro_refunds_amount_total{channel="pos",currency="EUR"}')).toBe(
    value('pospro_sales_amount_total{channel="pos",currency="EUR"}'),
  );
  // A channel without sales is there from the beginning, so that its first one is seen.
  expect(value('pospro_sales_total{channel="web",currency="EUR"}')).toBe(0);
  expect(value('pospro_order_status_changes_total{status="completed",channel="pos"}')).toBe(1);
  expect(value('pospro_order_status_changes_total{status="refunded",channel="pos"}')).toBe(1);
});

// promtool is a part of Debian's prometheus, which .ci/run installs.
const itWithPromtool = promtool === undefined ? it.skip : it;

itWithPromtool('the metrics follow the naming rules of Prometheus (skipped without promtool)', () => {
  const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
});

itWithPromtool(
  'each alert fires at its limit, and not before (skipped without promtool)',
  async () => {
    const { stdout } = await promisify(execFile)(promtool!, ['test', 'rules', 'alerts.test.yml'], {
      cwd: path.join(DEPLOY, 'prometheus'),
    });
    expect(stdout).toContain('SUCCESS');
    const tried = new Set(
      [...read('prometheus/alerts.test.yml').matchAll(/alertname: (\w+)/g)].map(([, name]) => name),
    );
    expect([...tried].sort()).toEqual(
      alertQueries()
        .map(([name]) => name)
        .sort(),
    );
  },
  60_000,
);

itWithPromtool(
  'each query of the dashboard is valid PromQL (skipped without promtool)',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pospro-rules-'));
    try {
      const file = path.join(folder, 'dashboard.yml');
      const rules = dashboardQueries().map(([, expr], index) => ({ record: `query:${index}`, expr }));
      // JSON is YAML, too.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      const { stdout } = await promisify(execFile)(promtool!, ['check', 'rules', file]);
      expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
