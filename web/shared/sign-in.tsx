import { useState } from 'preact/hooks';
import type { PageSettings } from './page-settings';
import { GraphError } from './request';
import type { Credentials, Session } from './session';
import { Button } from './ui/button';
import { Field } from './ui/field';
import { Notice } from './ui/notice';

export interface SignInProps {
  readonly session: Session;
  /** The name of the page, for its heading. */
  readonly page: string;
  readonly demo: PageSettings['demo'];
}

/** The form with which a page begins for those who are not signed in. */
export function SignIn({ session, page, demo }: SignInProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [otp, setOtp] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function signIn(credentials: Credentials): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await session.signIn({ ...credentials, ...(otp !== undefined && { otp }) });
    } catch (error) {
      // The field of the second factor appears for those who have one.
      if (error instanceof GraphError && error.code === 'OTP_REQUIRED') setOtp('');
      setProblem(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <h1>{page}</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn({ email, password });
        }}
      >
        <Field
          label="E-mail address"
          type="email"
          autocomplete="username"
          required
          value={email}
          onValue={setEmail}
        />
        <Field
          label="Password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
        />
        {otp !== undefined && (
          <Field
            label="Code of the second factor"
            autocomplete="one-time-code"
            inputMode="numeric"
            required
            value={otp}
            onValue={setOtp}
          />
        )}
        {problem !== undefined && <Notice kind="error">{problem}</Notice>}
        <Button kind="primary" type="submit" busy={busy}>
          Sign in
        </Button>
      </form>
      {demo && <DemoLogins demo={demo} onSignIn={(credentials) => void signIn(credentials)} />}
    </main>
  );
}

interface DemoLoginsProps {
  readonly demo: NonNullable<PageSettings['demo']>;
  readonly onSignIn: (credentials: Credentials) => void;
}

/** The logins of the demo shop, so that nobody has to look for them on the terminal. */
function DemoLogins({ demo, onSignIn }: DemoLoginsProps) {
  const { emails, password } = demo;
  return (
    <section aria-labelledby="demo">
      <h2 id="demo">Demo shop</h2>
      <p>
        The password of each is <code>{password}</code>. One click signs you in.
      </p>
      <ul class="logins">
        {emails.map((email) => (
          <li key={email}>
            <Button onClick={() => onSignIn({ email, password })}>{email}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function messageOf(error: unknown): string {
  if (error instanceof GraphError) return error.message;
  if (error instanceof TypeError) return 'The server cannot be reached.';
  throw error;
}
