/* global YogaGraphiQL */
/**
 * The browser part of GraphiQL; mount.ts bundles it. The content of "Headers" is sent with every request: as
 * headers over HTTP, and with `connection_init` when a subscription opens a WebSocket, because a browser cannot
 * set its headers.
 */
import { createClient } from 'graphql-ws';

const SIGN_IN = `# PosPro. Run this, then put the access
# token under "Headers" of the next tab,
# which shows every sale as it happens:
#   { "Authorization": "Bearer …" }

mutation SignIn {
  login(input: {
    email: "manager@pospro.com"
    password: "secure123"
  }) {
    accessToken
    user { name role }
  }
}
`;

const WATCH_SALES = `# Put the access token under "Headers",
# run this, and sell something.

subscription Sales {
  saleCompleted {
    cursor
    number
    total
    order { items { name quantity } }
  }
}
`;

const url = '/graphql';
const socketUrl = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${url}`;

/** Runs an operation for GraphiQL: a subscription over a separate WebSocket, anything else by POST. */
async function fetcher(parameters, { headers, documentAST } = {}) {
  if (isSubscription(documentAST, parameters.operationName)) return subscribe(parameters, headers);
  const accept = 'application/graphql-response+json, application/json;q=0.9';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(parameters),
  });
  return response.json();
}

function isSubscription(document, name) {
  return document?.definitions.some(
    (one) => one.operation === 'subscription' && (!name || one.name?.value === name),
  );
}

/** The events. An explicit iterator, since a waiting generator could not be stopped. */
function subscribe(parameters, headers) {
  // An authentication error is shown immediately: the same token would be rejected again.
  const client = createClient({ url: socketUrl, connectionParams: headers, retryAttempts: 0 });
  const events = client.iterate(parameters);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => events.next().catch(explain),
    return: () => events.return(),
  };
}

/** The close reason of a socket is more useful than its event and the stack. */
function explain(error) {
  if (!(error instanceof CloseEvent)) throw error;
  const explained = new Error(error.reason || `The socket was closed with ${error.code}.`);
  explained.stack = undefined;
  throw explained;
}

globalThis.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => document.querySelector(`link[data-worker="${label}"]`).href,
};

// A link with a query opens it; GraphiQL writes such links itself.
const linked = new URLSearchParams(location.search).has('query');
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: 'PosPro GraphiQL',
  fetcher,
  ...(linked
    ? {}
    : {
        defaultTabs: [{ query: SIGN_IN }, { query: WATCH_SALES, headers: '{ "Authorization": "Bearer …" }' }],
      }),
});
