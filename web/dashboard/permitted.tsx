import type { ComponentChildren } from 'preact';
import { useMay, usePage } from '../shared/page-context';
import { Panel } from './panel';

export interface PermittedProps {
  /** The title of the panel within. */
  readonly title: string;
  /** One of these permissions is enough. */
  readonly by: readonly [string, ...string[]];
  readonly children: ComponentChildren;
}

/** A panel for those who may read it; others are told why they do not see it. */
export function Permitted({ title, by, children }: PermittedProps) {
  const { me } = usePage();
  if (useMay(...by)) return <>{children}</>;
  return (
    <Panel title={title}>
      <p class="quiet">
        The role {me.role} does not see this. It needs the permission {by.join(' or ')}.
      </p>
    </Panel>
  );
}
