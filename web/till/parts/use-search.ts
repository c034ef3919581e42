import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from './use-action';

/** Time after the last key before the search begins, in milliseconds. */
const PAUSE_MS = 200;
/** One letter finds too much. */
const MIN_LENGTH = 2;

/** The results of a search. */
export interface Search<Found> {
  /** Undefined until there is an answer for this text, and for a text that is too short. */
  readonly items: readonly Found[] | undefined;
  readonly problem: string | undefined;
}

/**
 * Searches a moment after the text has stopped changing.
 * @param context a value whose change begins the search again, such as whether there is a connection.
 */
export function useSearch<Found>(
  text: string,
  find: (text: string) => Promise<readonly Found[]>,
  context: unknown,
): Search<Found> {
  const [found, setFound] = useState<{ text: string; items: readonly Found[] }>();
  const [problem, setProblem] = useState<string>();
  const current = useRef(find);
  current.current = find;
  useEffect(() => {
    setProblem(undefined);
    if (text.length < MIN_LENGTH) return;
    let outdated = false;
    const timer = setTimeout(() => {
      current.current(text).then(
        (items) => !outdated && setFound({ text, items }),
        (error: unknown) => !outdated && setProblem(messageOf(error)),
      );
    }, PAUSE_MS);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [text, context]);
  return { items: text.length >= MIN_LENGTH && found?.text === text ? found.items : undefined, problem };
}
