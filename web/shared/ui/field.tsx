import { useEffect, useId, useRef } from 'preact/hooks';

export interface FieldProps {
  /** Optional; defaults to `text`. */
  readonly type?: 'text' | 'email' | 'password' | 'search';
  /** What the browser may fill in. */
  readonly autocomplete?: string;
  /** The keyboard of a touch screen. */
  readonly inputMode?: 'text' | 'numeric' | 'decimal';
  readonly required?: boolean;
  readonly disabled?: boolean;
  /** Takes the focus when it appears. */
  readonly autofocus?: boolean;
  /** In characters. */
  readonly maxLength?: number;
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** What helps to fill it in. */
  readonly hint?: string;
  /** What is wrong with the value. */
  readonly error?: string | undefined;
}

/** A text field with its label, its hint and its error, which a screen reader reads with it. */
export function Field({ type = 'text', label, value, onValue, hint, error, autofocus, ...rest }: FieldProps) {
  // Preact's types tell inputs apart by their type; these have the same attributes.
  const kind = { type: type as 'text' };
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // The browser's own attribute works only once a page.
  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, [autofocus]);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...rest}
        {...kind}
        ref={input}
        id={id}
        value={value}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
        aria-invalid={error !== undefined}
        aria-describedby={described === '' ? undefined : described}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} class="error">
          {error}
        </p>
      )}
    </div>
  );
}

export interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** A choice of one of few values. */
export function SelectField({ label, value, onValue, options }: SelectFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onValue(currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
