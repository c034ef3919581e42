/** The values that every part of a page may ask for: the person, the formats of the shop, and the client. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Connection, PageClient } from './client';
import type { Formats } from './format';
import type { MeQuery } from './operations.generated';

export interface PageContextValue {
  readonly me: MeQuery['me'];
  readonly formats: Formats;
  readonly client: PageClient;
  readonly signOut: () => void;
}

export const PageContext = createContext<PageContextValue | undefined>(undefined);

/** @throws Error outside of `SignedIn`. */
export function usePage(): PageContextValue {
  const value = useContext(PageContext);
  if (!value) throw new Error('usePage is for parts of a page within SignedIn.');
  return value;
}

/** Whether the person has one of these permissions. */
export function useMay(...permissions: readonly string[]): boolean {
  const { me } = usePage();
  return permissions.some((permission) => me.permissions.includes(permission));
}

/** The state of the socket. */
export function useConnection(): Connection {
  const { client } = usePage();
  const [state, setState] = useState(client.connection());
  useEffect(() => client.onConnection(() => setState(client.connection())), [client]);
  return state;
}
