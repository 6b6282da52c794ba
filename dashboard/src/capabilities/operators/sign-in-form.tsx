/** E-mail address, password, and the second factor once the server asks for it. */

import { CarcosaError, ok } from '@carcosa/client';
import { useQuery } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { useState } from 'react';
import { clientOf } from '../../api/client.ts';
import { type Session, entered } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('sign-in-form', {
  email: 'E-mail address',
  password: 'Password',
  signIn: 'Sign in',
  code: 'Code of your authenticator app',
  codeHint: 'Six digits; they change every 30 seconds.',
  recovery: 'Recovery code',
  recoveryHint: 'One of the ten that you were shown. Each works once.',
  useRecovery: 'Use a recovery code',
  useCode: 'Use the authenticator app',
  or: 'or',
  needsCode: 'The password is right. Now the second factor.',
});

type Step = 'password' | 'totp' | 'recovery';

export function SignInForm({ email = '', done }: { email?: string; done: (session: Session) => void }) {
  const [step, setStep] = useState<Step>('password');
  const methods = useQuery({
    queryKey: ['door', 'methods'],
    queryFn: ({ signal }) => ok(clientOf().GET('/v1/session/methods', { signal })),
    staleTime: Infinity,
  });
  const form = useForm({
    initial: { email, password: '', code: '' },
    send: async (values) => {
      try {
        done(await enter(values, step));
      } catch (error) {
        if (!(error instanceof CarcosaError) || error.code !== 'mfa_required' || step !== 'password') throw error;
        setStep('totp');
      }
    },
  });
  const other = methods.data?.methods.find((method) => method.kind === 'single_sign_on');
  return (
    <div className="fields">
      <Form form={form} action={texts.signIn} always>
        {step === 'password' ? null : <Note>{texts.needsCode}</Note>}
        <TextField
          label={texts.email}
          pointer="/email"
          type="email"
          autoComplete="username"
          autoFocus={email === ''}
          required
          readOnly={step !== 'password'}
          value={form.values.email}
          onChange={(value) => form.set('email', value)}
        />
        <TextField
          label={texts.password}
          pointer="/password"
          type="password"
          autoComplete="current-password"
          autoFocus={email !== ''}
          required
          readOnly={step !== 'password'}
          value={form.values.password}
          onChange={(value) => form.set('password', value)}
        />
        {step === 'password' ? null : (
          <TextField
            key={step}
            label={step === 'totp' ? texts.code : texts.recovery}
            hint={step === 'totp' ? texts.codeHint : texts.recoveryHint}
            pointer={step === 'totp' ? '/totp_code' : '/recovery_code'}
            inputMode={step === 'totp' ? 'numeric' : 'text'}
            autoComplete="one-time-code"
            autoFocus
            mono
            value={form.values.code}
            onChange={(value) => form.set('code', value)}
          />
        )}
      </Form>
      {step === 'password' ? null : (
        <Button tone="quiet" onClick={() => setStep(step === 'totp' ? 'recovery' : 'totp')}>
          {step === 'totp' ? texts.useRecovery : texts.useCode}
        </Button>
      )}
      {other?.url && step === 'password' ? (
        <>
          <div className="door-foot">{texts.or}</div>
          <a className="button" data-tone="plain" href={other.url}>
            <LogIn aria-hidden />
            {other.name}
          </a>
        </>
      ) : null}
    </div>
  );
}

async function enter({ email, password, code }: { email: string; password: string; code: string }, step: Step): Promise<Session> {
  const second = step === 'totp' ? { totp_code: code.replaceAll(' ', '') } : step === 'recovery' ? { recovery_code: code.trim() } : {};
  const session = await ok(clientOf().POST('/v1/session', { body: { email: email.trim(), password, ...second } }));
  entered(session);
  return session;
}
