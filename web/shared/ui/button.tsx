import type { ButtonHTMLAttributes } from 'preact';

export interface ButtonProps extends ButtonHTMLAttributes {
  /** `primary` for the one action that a form is about. Optional; defaults to `plain`. */
  readonly kind?: 'primary' | 'plain' | 'danger';
  /** The action is running: the button says so and does nothing. */
  readonly busy?: boolean;
}

/** A button. It keeps its place and its focus while it is busy, so that a keyboard does not lose it. */
export function Button({ kind = 'plain', busy = false, onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button button-${kind}`}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {children}
    </button>
  );
}
