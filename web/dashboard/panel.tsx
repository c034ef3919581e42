import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface PanelProps {
  readonly title: string;
  /** Takes the width of two panels where there is room. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** One subject of the dashboard: a region with a heading, to which screen readers can jump. */
export function Panel({ title, wide = false, children }: PanelProps) {
  const id = useId();
  return (
    <section class={wide ? 'panel panel-wide' : 'panel'} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
