/** Inviting an operator. Where mail is off, the link is shown, once. */

import { type Schemas, ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { dateTime } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Secret } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { type Roles, RolesFields } from './grants.tsx';

const texts = messages('operator-invite', {
  title: 'Invite an operator',
  note: 'Someone of your own team, who works in this dashboard. Your customers’ people are users of a project instead.',
  email: 'E-mail address',
  name: 'Name',
  nameHint: 'They can change it when they accept.',
  invite: 'Invite',
  sent: (email: string) => `The invitation is on its way to ${email}.`,
  made: (email: string) => `Give this link to ${email}`,
  madeText: 'This installation sends no mail, so the link is yours to hand over. It is shown only now.',
  link: 'link',
  until: (at: string) => `It works once, until ${at}. Whoever has it becomes this operator: send it on a way that only they read.`,
  done: 'Done',
  role: 'Choose a role in the whole installation, or in at least one project.',
  needed: 'Needed.',
});

type Invited = Schemas['InvitedOperator'];
interface Values extends Roles {
  email: string;
  name: string;
}

export function Invite({ close }: { close: () => void }) {
  const [made, setMade] = useState<Invited>();
  return made?.invitation_url ? <InvitationLink made={made} url={made.invitation_url} close={close} /> : <InviteForm close={close} made={setMade} />;
}

function InviteForm({ close, made }: { close: () => void; made: (operator: Invited) => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const form = useForm<Values>({
    initial: { email: '', name: '', platform_role: '', project_roles: [] },
    check: (values) => ({
      '/email': values.email.trim() === '' ? texts.needed : undefined,
      '/platform_role': values.platform_role === '' && values.project_roles.length === 0 ? texts.role : undefined,
    }),
    send: async ({ email, name, platform_role, project_roles }, key) => {
      const body: Schemas['InviteOperator'] = {
        email: email.trim(),
        name: name.trim() || null,
        platform_role: platform_role || null,
        project_roles,
      };
      const operator = await ok(api.POST('/v1/operators', { body, headers: { 'Idempotency-Key': key } }));
      void refresh('operators', 'audit');
      if (operator.invitation_url) return made(operator);
      toast.success(texts.sent(operator.email));
      close();
    },
  });
  return (
    <Dialog open onClose={close} title={texts.title} note={texts.note} dirty={form.dirty}>
      <Form form={form} action={texts.invite} onCancel={close} inDialog always>
        <TextField
          label={texts.email}
          pointer="/email"
          type="email"
          autoFocus
          value={form.values.email}
          onChange={(value) => form.set('email', value)}
        />
        <TextField
          label={texts.name}
          pointer="/name"
          hint={texts.nameHint}
          optional
          maxLength={200}
          value={form.values.name}
          onChange={(value) => form.set('name', value)}
        />
        <RolesFields
          values={form.values}
          setPlatform={(role) => form.set('platform_role', role)}
          setProjects={(grants) => form.set('project_roles', grants)}
        />
      </Form>
    </Dialog>
  );
}

/** The link of an invitation, where mail is off. */
export function InvitationLink({ made, url, close }: { made: Invited; url: string; close: () => void }) {
  return (
    <Dialog
      open
      firm
      onClose={close}
      title={texts.made(made.email)}
      note={texts.madeText}
      foot={
        <Button tone="primary" onClick={close}>
          {texts.done}
        </Button>
      }
    >
      <div className="dialog-body">
        <Secret text={url} what={texts.link} />
        <Note>{texts.until(dateTime(made.invitation_expires_at))}</Note>
      </div>
    </Dialog>
  );
}
