import { ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { entered, useSession } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';
import { NewPasswordField, passwordProblem } from './password-field.tsx';
import { has } from './words.ts';

const texts = messages('password-card', {
  title: 'Password',
  note: 'With a new password your other sessions end. This one goes on.',
  none: 'You sign in by single sign-on alone: your password is your provider’s.',
  current: 'Current password',
  next: 'New password',
  change: 'Change password',
  changed: 'Your password is changed. Your other sessions have ended.',
  needed: 'Needed.',
});

export function PasswordCard() {
  const { operator } = useSession();
  // A form anew after each change, so that no password stays in it.
  const [round, setRound] = useState(0);
  if (!has(operator, 'password')) return <Card title={texts.title} note={texts.none} />;
  return (
    <Card title={texts.title} note={texts.note}>
      <PasswordForm key={round} email={operator.email} done={() => setRound(round + 1)} />
    </Card>
  );
}

function PasswordForm({ email, done }: { email: string; done: () => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const form = useForm({
    initial: { current: '', next: '' },
    check: ({ current, next }) => ({
      '/current_password': current === '' ? texts.needed : undefined,
      '/new_password': passwordProblem(next, email),
    }),
    send: async ({ current, next }) => {
      entered(await ok(api.POST('/v1/session/password', { body: { current_password: current, new_password: next } })));
      toast.success(texts.changed);
      void refresh('sessions');
      done();
    },
  });
  return (
    <Form form={form} action={texts.change}>
      {/* Password managers look for whose it is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <TextField
        label={texts.current}
        pointer="/current_password"
        type="password"
        autoComplete="current-password"
        value={form.values.current}
        onChange={(current) => form.set('current', current)}
      />
      <NewPasswordField
        label={texts.next}
        pointer="/new_password"
        email={email}
        value={form.values.next}
        onChange={(next) => form.set('next', next)}
      />
    </Form>
  );
}
