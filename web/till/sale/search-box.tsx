import type { RefObject } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Item } from '../core/basket';
import { messageOf } from '../parts/use-action';
import { useOnline, useTill } from '../till-context';
import { searchItems } from './find-item';

/** Time after the last key before the search begins, in milliseconds. */
const PAUSE_MS = 200;

export interface SearchBoxProps {
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChoose: (item: Item) => void;
}

/** Searches items by name, SKU or barcode. Enter takes the first. */
export function SearchBox({ inputRef, onChoose }: SearchBoxProps) {
  const { formats } = useTill();
  const [text, setText] = useState('');
  const { items, problem } = useSearch(text.trim());
  const id = useId();
  const choose = (item: Item) => {
    onChoose(item);
    setText('');
    inputRef.current?.focus();
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (items?.[0]) choose(items[0]);
      }}
    >
      <div class="field">
        <label for={id}>
          Search or scan <kbd aria-hidden="true">F2</kbd>
        </label>
        <input
          ref={inputRef}
          id={id}
          type="search"
          autocomplete="off"
          aria-keyshortcuts="F2"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </div>
      {problem !== undefined && (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {items?.length === 0 && <p class="empty">Nothing found.</p>}
      {items && items.length > 0 && (
        <ul class="found" aria-label="Found items">
          {items.map((item) => (
            <li key={item.variantId}>
              <button type="button" class="row" onClick={() => choose(item)}>
                <span>
                  {item.name} <span class="quiet">{item.sku}</span>
                </span>
                <span class="numeric">{formats.money(item.price)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

/** The items for a text, a moment after it has stopped changing; undefined for none or one letter. */
function useSearch(text: string) {
  const { api, catalogue } = useTill();
  const online = useOnline();
  const [found, setFound] = useState<{ text: string; items: readonly Item[] }>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setProblem(undefined);
    if (text.length < 2) return;
    let outdated = false;
    const timer = setTimeout(() => {
      searchItems({ api, catalogue }, text, online).then(
        (items) => !outdated && setFound({ text, items }),
        (error: unknown) => setProblem(messageOf(error)),
      );
    }, PAUSE_MS);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [api, catalogue, text, online]);
  return { items: text.length >= 2 && found?.text === text ? found.items : undefined, problem };
}
