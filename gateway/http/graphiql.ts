import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

/** What the page of GraphiQL may do: its scripts and styles stand in the page itself, and it talks to this server only. */
export const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self' ws: wss:",
  'worker-src blob:',
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const WELCOME = `# PosPro
#
# Sign in with this mutation, and put the
# access token under "Headers" below:
#   { "Authorization": "Bearer …" }

mutation SignIn {
  login(input: { email: "cashier@pospro.com", password: "secure123" }) {
    accessToken
    user { name role }
  }
}
`;

/** The page, everything inline; made once, since it never changes. */
export function createGraphiQL(): () => string {
  let page: string | undefined;
  return () => (page ??= renderGraphiQL({ title: 'PosPro GraphiQL', endpoint: '/graphql', defaultQuery: WELCOME }));
}
