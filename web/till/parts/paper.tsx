export interface PaperProps {
  readonly title: string;
  readonly text: string;
  /** In millimetres: 58 or 80. */
  readonly width: number;
}

/** A receipt or a report on the paper of a roll. It is the only part of the page that is printed. */
export function Paper({ title, text, width }: PaperProps) {
  return (
    <section class="paper" aria-label={title}>
      <pre
        class={width === 58 ? 'paper-58' : 'paper-80'}
        tabIndex={0}
        aria-label={`Text of the ${title.toLowerCase()}`}
      >
        {text}
      </pre>
    </section>
  );
}
