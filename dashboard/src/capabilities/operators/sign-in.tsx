import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { paths } from '../../app/paths.ts';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { Note } from '../../ui/states.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { useSetup } from './setup-state.ts';

const texts = messages('sign-in', {
  title: 'Sign in',
  forgotten: 'Forgot your password?',
  errors: {
    single_sign_on_unknown: 'Your provider signed you in, but nobody has invited that e-mail address. Ask an operator to invite you.',
    single_sign_on_unavailable: 'The provider of single sign-on does not answer. Try again, or use your password.',
    operator_disabled: 'Your account is disabled. Ask another operator.',
    other: 'Single sign-on did not work. Try again, or use your password.',
  } as Record<string, string>,
  fresh: 'Nobody has set up this installation yet. Open the link that the server printed when it started, or wrote to the file it named; it ends in a token.',
});

export function SignIn() {
  const navigate = useNavigate();
  const [{ to }] = useSearch({ to: '/' });
  const setup = useSetup();
  const code = new URLSearchParams(globalThis.location.hash.slice(1)).get('error');
  useEffect(() => {
    document.title = `${texts.title} · Carcosa`;
  }, []);
  return (
    <>
      <section className="card card-body fields" aria-labelledby="page-title">
        <h1 id="page-title">{texts.title}</h1>
        {code ? <Note tone="bad">{texts.errors[code] ?? texts.errors.other}</Note> : null}
        {setup.data?.needed ? <Note tone="warn">{texts.fresh}</Note> : null}
        <SignInForm done={() => void navigate({ href: inside(to), replace: true })} />
      </section>
      <p className="door-foot">
        <AppLink href={paths.forgotten()}>{texts.forgotten}</AppLink>
      </p>
    </>
  );
}

/** Where to go on: only ever a path of this server. */
export function inside(to: string): string {
  try {
    const target = new URL(to, globalThis.location.origin);
    // What begins with two slashes names another server, once it stands by itself.
    const away = target.origin !== globalThis.location.origin || target.pathname.startsWith('//');
    return away || target.pathname.startsWith('/sign-in') ? '/' : `${target.pathname}${target.search}`;
  } catch {
    return '/';
  }
}
