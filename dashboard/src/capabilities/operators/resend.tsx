/** Sending an operator's invitation again. Where mail is off, the new link is shown, once. */

import type { Schemas } from '@carcosa/client';
import { useState } from 'react';
import { useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { InvitationLink } from './invite.tsx';
import { type Operator, nameOf } from './words.ts';

const texts = messages('operator-resend', {
  title: (name: string) => `Send the invitation of ${name} again?`,
  text: 'They get a new link, which works once, for seven days. The link that they have stops working at once.',
  yes: 'Send again',
  sent: (email: string) => `The invitation is on its way to ${email} again.`,
});

type Invited = Schemas['InvitedOperator'];

export function ResendInvitation({ operator, close }: { operator: Operator; close: () => void }) {
  const [made, setMade] = useState<Invited>();
  const action = useAction<void, Invited>({
    run: (api) => api.POST('/v1/operators/{operator}/invitation/resend', { params: { path: { operator: operator.id } } }),
    refresh: ['operators', 'audit'],
    said: (now) => (now.invitation_url ? undefined : texts.sent(now.email)),
    done: (now) => (now.invitation_url ? setMade(now) : close()),
    failure: 'caller',
  });
  if (made?.invitation_url) return <InvitationLink made={made} url={made.invitation_url} close={close} />;
  return (
    <Ask
      open
      harmless
      onClose={close}
      title={texts.title(nameOf(operator))}
      yes={texts.yes}
      run={() => action.mutate()}
      busy={action.isPending}
      error={action.error}
    >
      {texts.text}
    </Ask>
  );
}
