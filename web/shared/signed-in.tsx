import { Provider } from '@urql/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { createPageClient, type PageClient } from './client';
import { createFormats } from './format';
import { MeDocument, type MeQuery } from './operations.generated';
import { PageContext } from './page-context';
import { readPageSettings, type PageSettings } from './page-settings';
import { Session } from './session';
import { SignIn } from './sign-in';
import { Notice } from './ui/notice';

export interface SignedInProps {
  /** The name of the page. */
  readonly page: string;
  readonly children: ComponentChildren;
}

const AGAIN_MS = 3_000;

/** A page for people who are signed in: the form first, then the page with its client, and the form again after the session. */
export function SignedIn({ page, children }: SignedInProps) {
  const session = useMemo(() => new Session(), []);
  const [signedIn, setSignedIn] = useState(session.signedIn);
  useEffect(() => session.onChange(() => setSignedIn(session.signedIn)), [session]);
  const settings = usePageSettings();
  if (!signedIn) return <SignIn session={session} page={page} demo={settings?.demo ?? null} />;
  return <WithClient session={session}>{children}</WithClient>;
}

function WithClient({ session, children }: { session: Session; children: ComponentChildren }) {
  const [client, setClient] = useState<PageClient>();
  const [me, setMe] = useState<MeQuery['me']>();
  useEffect(() => {
    const made = createPageClient(session);
    setClient(made);
    const stop = repeatUntilDone(async () => {
      const { data } = await made.graph.query(MeDocument, {}).toPromise();
      if (data) setMe(data.me);
      return data !== undefined;
    });
    return () => {
      stop();
      made.close();
    };
  }, [session]);
  const value = useMemo(() => client && me && contextOf(client, me, session), [client, me, session]);
  if (!value) return <Notice>Loading …</Notice>;
  return (
    <Provider value={value.client.graph}>
      <PageContext.Provider value={value}>{children}</PageContext.Provider>
    </Provider>
  );
}

function contextOf(client: PageClient, me: MeQuery['me'], session: Session) {
  const { organization, branch } = me;
  const formats = createFormats({
    languages: [organization.defaultLanguage],
    currency: organization.currency,
    timeZone: branch?.timeZone ?? organization.timeZone,
  });
  return { client, me, formats, signOut: () => void session.signOut() };
}

/** The settings are not needed to sign in, so that a page that cannot read them goes on without. */
function usePageSettings(): PageSettings | undefined {
  const [settings, setSettings] = useState<PageSettings>();
  useEffect(
    () =>
      repeatUntilDone(async () => {
        const read = await readPageSettings().catch(() => undefined);
        setSettings(read);
        return read !== undefined;
      }),
    [],
  );
  return settings;
}

/** Tries again while the server is away. @returns a function that ends it. */
function repeatUntilDone(attempt: () => Promise<boolean>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const run = async () => {
    const done = await attempt();
    if (!done && !stopped) timer = setTimeout(() => void run(), AGAIN_MS);
  };
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
