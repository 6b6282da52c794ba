/** The session ended under the reader's hands: they sign in again, and go on with what they had typed. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Session, useSessionState } from '../api/session.ts';
import { SignInForm } from '../capabilities/operators/sign-in-form.tsx';
import { messages } from '../i18n/messages.ts';
import { Dialog } from '../ui/dialog.tsx';

const texts = messages('expired', {
  title: 'Your session has ended',
  note: 'Sign in again to go on. What you have entered is still here.',
});

export function Expired() {
  const state = useSessionState();
  const client = useQueryClient();
  const [{ email, id }] = useState(() => ('session' in state ? state.session.operator : { email: '', id: '' }));
  // Someone else must find nothing of what this operator saw or typed.
  const done = (session: Session) => (session.operator.id === id ? void client.invalidateQueries() : globalThis.location.reload());
  return (
    <Dialog open={state.is === 'expired'} onClose={() => undefined} firm title={texts.title} note={texts.note} width="26rem">
      <div className="dialog-body">
        <SignInForm email={email} done={done} />
      </div>
    </Dialog>
  );
}
