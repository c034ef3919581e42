/* global YogaGraphiQL */
/**
 * What the page of GraphiQL does in the browser; mount.ts bundles it. What is written under "Headers" goes with every request: as
 * headers over HTTP, and with `connection_init` where a subscription opens a WebSocket, which a browser can give no headers.
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

/** Runs an operation for GraphiQL: a subscription over a WebSocket of its own, anything else by POST. */
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

/** The events. An explicit iterator, since a generator that waits for the next event could not be stopped. */
function subscribe(parameters, headers) {
  // A refusal is shown at once: the same token would be refused again.
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

/** The reason of a socket's end says more than the event that it comes as, and than where in this page it came. */
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

// A link that holds a query opens it; GraphiQL writes such links itself.
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
