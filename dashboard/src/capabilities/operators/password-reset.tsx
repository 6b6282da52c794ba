/** A forgotten password: asking for a link, and choosing a new one with it. */

import { CarcosaError, ok } from '@carcosa/client';
import { useState } from 'react';
import { clientOf } from '../../api/client.ts';
import { paths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Note } from '../../ui/states.tsx';
import { DoorCard } from './door-card.tsx';
import { useLinkToken } from './link-token.ts';
import { NewPasswordField, passwordProblem } from './password-field.tsx';

const texts = messages('password-reset', {
  title: 'Forgot your password?',
  intro: 'Enter the address that you sign in with. A link to choose a new password goes to it.',
  email: 'E-mail address',
  send: 'Send the link',
  sent: 'Look into your mail',
  sentText: (email: string) =>
    `If ${email} belongs to an operator, a link is on its way to it. It works once, for an hour. The answer is the same for every address, so that nobody learns who works here.`,
  none: 'No mail?',
  noneText: 'Look for it among spam. If this installation sends no mail, whoever runs the server can give you a password with:',
  command: 'command',
  again: 'Try another address',
  choose: 'Choose a new password',
  chooseText: 'All your sessions end, wherever you are signed in. A second factor stays as it is.',
  password: 'New password',
  change: 'Change password',
  done: 'Your password is changed',
  doneText: 'All sessions of your account have ended.',
  signIn: 'Sign in',
  gone: 'That link does not work any more: it works once, for an hour, and a newer one replaces it. Ask for another.',
  needed: 'Needed.',
});

export function PasswordReset() {
  const token = useLinkToken();
  const [gone, setGone] = useState<string>();
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <DoorCard title={texts.done} note={texts.doneText}>
        <ButtonLink href={paths.signIn()} tone="primary">
          {texts.signIn}
        </ButtonLink>
      </DoorCard>
    );
  }
  return (
    <>
      {token && gone !== token ? (
        <Choose key={token} token={token} gone={() => setGone(token)} done={() => setDone(true)} />
      ) : (
        <AskForLink gone={gone !== undefined} />
      )}
      <p className="door-foot">
        <AppLink href={paths.signIn()}>{texts.signIn}</AppLink>
      </p>
    </>
  );
}

function AskForLink({ gone }: { gone: boolean }) {
  const [sent, setSent] = useState<string>();
  const form = useForm({
    initial: { email: '' },
    check: ({ email }) => ({ '/email': email.trim() === '' ? texts.needed : undefined }),
    send: async ({ email }) => {
      await ok(clientOf().POST('/v1/operators/password-reset', { body: { email: email.trim() } }));
      setSent(email.trim());
    },
  });
  if (sent) return <Sent email={sent} again={() => setSent(undefined)} />;
  return (
    <DoorCard title={texts.title} note={texts.intro}>
      {gone ? <Note tone="warn">{texts.gone}</Note> : null}
      <Form form={form} action={texts.send} always>
        <TextField
          label={texts.email}
          pointer="/email"
          type="email"
          autoComplete="username"
          autoFocus
          required
          value={form.values.email}
          onChange={(email) => form.set('email', email)}
        />
      </Form>
    </DoorCard>
  );
}

function Sent({ email, again }: { email: string; again: () => void }) {
  const command = `carcosa operators reset-password --email ${email}`;
  return (
    <DoorCard title={texts.sent} note={texts.sentText(email)}>
      <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
        <h2>{texts.none}</h2>
        <p className="dim">{texts.noneText}</p>
        <div className="secret">
          <code>{command}</code>
          <CopyButton text={command} what={texts.command} />
        </div>
      </div>
      <Button onClick={again}>
        {texts.again}
      </Button>
    </DoorCard>
  );
}

function Choose({ token, gone, done }: { token: string; gone: () => void; done: () => void }) {
  const form = useForm({
    initial: { password: '' },
    check: ({ password }) => ({ '/new_password': passwordProblem(password) }),
    send: async ({ password }) => {
      try {
        await ok(clientOf().POST('/v1/operators/password-reset/confirm', { body: { token, new_password: password } }));
        done();
      } catch (error) {
        if (!(error instanceof CarcosaError) || error.code !== 'invalid_link') throw error;
        gone();
      }
    },
  });
  return (
    <DoorCard title={texts.choose} note={texts.chooseText}>
      <Form form={form} action={texts.change} always>
        <NewPasswordField
          label={texts.password}
          pointer="/new_password"
          autoFocus
          value={form.values.password}
          onChange={(password) => form.set('password', password)}
        />
      </Form>
    </DoorCard>
  );
}
