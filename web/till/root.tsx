import { useEffect, useMemo, useState } from 'preact/hooks';
import { readPageSettings, type PageSettings } from '../shared/page-settings';
import { Session } from '../shared/session';
import { SignIn } from '../shared/sign-in';
import { Notice } from '../shared/ui/notice';
import { startTill, type StartedTill } from './start';
import { TillContext } from './till-context';
import { TillPage } from './till-page';

/** Time before the next attempt to start, in milliseconds. */
const AGAIN_MS = 4_000;

/** The till: the form to sign in first, then the screens. */
export function Root() {
  const session = useMemo(() => new Session(), []);
  const [signedIn, setSignedIn] = useState(session.signedIn);
  useEffect(() => session.onChange(() => setSignedIn(session.signedIn)), [session]);
  if (!signedIn) return <SignInForm session={session} />;
  return <Starting session={session} />;
}

function SignInForm({ session }: { session: Session }) {
  const [settings, setSettings] = useState<PageSettings>();
  useEffect(() => {
    // Without the settings only the demo's logins are missing.
    void readPageSettings().then(setSettings, () => setSettings(undefined));
  }, []);
  return <SignIn session={session} page="Till" demo={settings?.demo ?? null} />;
}

function Starting({ session }: { session: Session }) {
  const [till, setTill] = useState<StartedTill>();
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let ended = false;
    let started: StartedTill | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    startTill(session).then(
      (ready) => {
        started = ready;
        if (ended) ready.stop();
        else setTill(ready);
      },
      (error: unknown) => {
        setProblem(error instanceof Error ? error.message : String(error));
        timer = setTimeout(() => setAttempt((count) => count + 1), AGAIN_MS);
      },
    );
    return () => {
      ended = true;
      clearTimeout(timer);
      started?.stop();
    };
  }, [session, attempt]);
  if (till) {
    return (
      <TillContext.Provider value={till.value}>
        <TillPage />
      </TillContext.Provider>
    );
  }
  return (
    <main class="starting">
      {problem ? <Notice kind="error">{problem}</Notice> : <Notice>Starting …</Notice>}
    </main>
  );
}
