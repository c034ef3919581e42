import type { Config } from '#kernel/config';
import { DEMO_LOGINS } from './demo-logins';

export interface Welcome {
  readonly config: Config;
  readonly port: number;
  /** Duration of the start. */
  readonly seconds: number;
  readonly dataLocation: string | undefined;
}

/** The start screen, with all addresses. */
export function welcome({ config, port, seconds, dataLocation }: Welcome): string {
  const base = `http://localhost:${port}`;
  const pages = config.pages.filter((page) => page !== 'docs').map((page) => `${base}/${page}`);
  const rows: [string, string][] = [
    ...(pages.length > 0 ? [['Pages', pages.join('   ')] as [string, string]] : []),
    ['GraphQL', `${base}/graphql${config.introspection ? '   (GraphiQL in a browser)' : ''}`],
    ['REST', `${base}/api/v1`],
    ...(config.pages.includes('docs')
      ? [['REST docs', `${base}/docs   ${base}/redoc`] as [string, string]]
      : []),
    ['OpenAPI', `${base}/openapi.json`],
    ['Health', `${base}/health   ${base}/metrics`],
    ...(config.processes > 1 ? [['Processes', String(config.processes)] as [string, string]] : []),
    ['Data', dataLocation ?? 'in the database of DATABASE_URL'],
  ];
  if (config.demo)
    rows.push(['Demo logins', DEMO_LOGINS.emails.join('   ')], ['Password', DEMO_LOGINS.password]);
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`);
  return ['', `PosPro is ready (${seconds.toFixed(1)} s)`, '', ...lines, '', 'Ctrl-C stops it.', ''].join(
    '\n',
  );
}
