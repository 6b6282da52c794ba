/** Accepting the invitation to become an operator. */

import { CarcosaError, ok } from '@carcosa/client';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { clientOf } from '../../api/client.ts';
import { entered } from '../../api/session.ts';
import { paths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { DoorCard } from './door-card.tsx';
import { useLinkToken } from './link-token.ts';
import { NewPasswordField, passwordProblem } from './password-field.tsx';

const texts = messages('operator-invitation', {
  title: 'Become an operator',
  intro: 'Choose the password that you will sign in with.',
  name: 'Your name',
  nameHint: 'As others see it in the log. Empty: the one that your inviter entered.',
  password: 'Password',
  accept: 'Accept and sign in',
  gone: 'This link does not work any more',
  goneText:
    'Links of invitations work once, for seven days, and a newer one replaces the older. If you have chosen a password already, sign in. Else ask whoever invited you for another link.',
  missing: 'This link is not complete',
  missingText: 'The end of it, after “#”, is missing. Open it again from the mail, or copy it in full.',
  joined: 'You are an operator now',
  joinedText: (email: string) => `Sign in as ${email} with the password that you chose.`,
  signIn: 'Sign in',
});

export function AcceptInvitation() {
  const token = useLinkToken();
  const [gone, setGone] = useState<string>();
  const [joined, setJoined] = useState<string>();
  const title = joined ? texts.joined : token ? texts.gone : texts.missing;
  const note = joined ? texts.joinedText(joined) : token ? texts.goneText : texts.missingText;
  if (joined || !token || gone === token) {
    return (
      <DoorCard title={title} note={note}>
        <ButtonLink href={paths.signIn()} tone="primary">
          {texts.signIn}
        </ButtonLink>
      </DoorCard>
    );
  }
  return (
    <DoorCard title={texts.title} note={texts.intro}>
      <AcceptForm key={token} token={token} gone={() => setGone(token)} joined={setJoined} />
    </DoorCard>
  );
}

function AcceptForm({ token, gone, joined }: { token: string; gone: () => void; joined: (email: string) => void }) {
  const navigate = useNavigate();
  const form = useForm({
    initial: { name: '', password: '' },
    check: (values) => ({ '/password': passwordProblem(values.password) }),
    send: async ({ name, password }) => {
      const body = { token, password, ...(name.trim() === '' ? {} : { name: name.trim() }) };
      const email = await accept(body);
      if (email === undefined) return gone();
      try {
        entered(await ok(clientOf().POST('/v1/session', { body: { email, password } })));
        await navigate({ to: paths.home(), replace: true });
      } catch {
        // The invitation is accepted all the same.
        joined(email);
      }
    },
  });
  return (
    <Form form={form} action={texts.accept} always>
      <TextField
        label={texts.name}
        pointer="/name"
        hint={texts.nameHint}
        optional
        autoFocus
        autoComplete="name"
        maxLength={200}
        value={form.values.name}
        onChange={(value) => form.set('name', value)}
      />
      <NewPasswordField
        label={texts.password}
        pointer="/password"
        value={form.values.password}
        onChange={(value) => form.set('password', value)}
      />
    </Form>
  );
}

/** The address of the new operator; nothing when the link does not work any more. */
async function accept(body: { token: string; password: string; name?: string }): Promise<string | undefined> {
  try {
    return (await ok(clientOf().POST('/v1/operators/invitations/accept', { body }))).email;
  } catch (error) {
    if (error instanceof CarcosaError && error.code === 'invalid_link') return undefined;
    throw error;
  }
}
