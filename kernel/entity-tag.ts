/** Entity tags of answers (RFC 9110, 8.8.3). */
import { hash } from 'node:crypto';

/** A strong validator: the same bytes have the same tag. */
export function entityTag(content: string | Buffer): string {
  return `"${hash('sha256', content, 'base64url').slice(0, 27)}"`;
}

/** Whether the caller already has this answer. Comparison is weak, as `If-None-Match` requires. */
export function isHeld(tag: string, ifNoneMatch: string | undefined): boolean {
  if (!ifNoneMatch) return false;
  return (
    ifNoneMatch === '*' || ifNoneMatch.split(',').some((held) => held.trim().replace(/^W\//, '') === tag)
  );
}
