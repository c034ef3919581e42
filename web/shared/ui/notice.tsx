import type { ComponentChildren } from 'preact';

export interface NoticeProps {
  readonly kind?: 'info' | 'warning' | 'error';
  readonly children: ComponentChildren;
}

/** A message. A screen reader reads an error at once, the others when it has nothing else to say. */
export function Notice({ kind = 'info', children }: NoticeProps) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
