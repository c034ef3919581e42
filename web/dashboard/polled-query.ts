import { useQuery, type TypedDocumentNode } from '@urql/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useConnection, usePage } from '../shared/page-context';

/** Time between two readings for a change, in milliseconds: a busy shop has several sales a second. */
const AFTER_CHANGE_MS = 3_000;

export interface PolledOptions<Data, Variables extends object> {
  readonly query: TypedDocumentNode<Data, Variables>;
  readonly variables: Variables;
  /** Time after which it is read again in any case, in milliseconds. */
  readonly everyMs: number;
  /** A value whose change means that there is news, such as the moment of an event. */
  readonly news?: unknown;
  /** The query waits. */
  readonly pause?: boolean;
}

export interface PolledResult<Data> {
  /** The last answer; undefined until there is one. It stays while the server is away. */
  readonly data: Data | undefined;
  /** The reason of a failed reading; undefined after one that succeeded. */
  readonly problem: string | undefined;
}

/** A query that is read again: at intervals, soon after news, when the server is back, and when events were lost. */
export function usePolledQuery<Data, Variables extends object>(
  options: PolledOptions<Data, Variables>,
): PolledResult<Data> {
  const { query, variables, everyMs, news, pause = false } = options;
  const { client } = usePage();
  const connection = useConnection();
  const [{ data, error }, execute] = useQuery<Data, object>({
    query: query as TypedDocumentNode<Data, object>,
    variables,
    pause,
    requestPolicy: 'cache-and-network',
  });
  // A function of the last rendering, so that timers need not begin again with each.
  const read = useRef<() => void>(() => undefined);
  read.current = () => {
    if (!pause) execute({ requestPolicy: 'network-only' });
  };
  useEffect(() => {
    const timer = setInterval(() => read.current(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (news === undefined) return;
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      read.current();
    }, AFTER_CHANGE_MS);
  }, [news]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const wasAway = useRef(false);
  useEffect(() => {
    if (connection === 'live' && wasAway.current) read.current();
    wasAway.current = connection === 'away';
  }, [connection]);
  useEffect(() => client.onGap(() => read.current()), [client]);
  return { data, problem: error && (error.graphQLErrors[0]?.message ?? 'The server cannot be reached.') };
}
