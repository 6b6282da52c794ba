/** The session ended under the reader's hands: they sign in again, and go on with what they had typed. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSessionState } from '../api/session.ts';
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
  const [email] = useState(() => ('session' in state ? state.session.operator.email : ''));
  return (
    <Dialog open={state.is === 'expired'} onClose={() => undefined} firm title={texts.title} note={texts.note} width="26rem">
      <div className="dialog-body">
        <SignInForm email={email} done={() => void client.invalidateQueries()} />
      </div>
    </Dialog>
  );
}
