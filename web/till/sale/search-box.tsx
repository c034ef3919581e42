import type { RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Item } from '../core/basket';
import { useSearch } from '../parts/use-search';
import { useOnline, useTill } from '../till-context';
import { searchItems } from './find-item';

export interface SearchBoxProps {
  readonly branchId: string;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChoose: (item: Item) => void;
}

/** Searches items by name, SKU or barcode. Enter takes the first. */
export function SearchBox({ branchId, inputRef, onChoose }: SearchBoxProps) {
  const { api, catalogue, rules, formats } = useTill();
  const online = useOnline();
  const [text, setText] = useState('');
  const find = (search: string) => searchItems(api, { catalogue, rules, branchId }, search, online);
  const { items, problem } = useSearch(text.trim(), find, online);
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
