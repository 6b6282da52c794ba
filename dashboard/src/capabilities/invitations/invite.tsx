/** Inviting one person, by e-mail or by a link to hand on. */

import { ok } from '@carcosa/client';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/fields.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { PlaceFields, type PlaceValues } from '../memberships/place.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import type { InvitationWithToken } from './parts.tsx';

const texts = messages('invite', {
  title: (tenant: string) => `Invite to ${tenant}`,
  note: 'They become a member when they accept.',
  invite: 'Invite',
  how: 'How',
  mail: 'By e-mail',
  link: 'As a link to hand on',
  email: 'E-mail address',
  emailHint: 'Only the person with this address can accept.',
  linkHint: 'Whoever has the link can accept it, once.',
  needEmail: 'An e-mail address is needed.',
  days: 'Days to accept',
  daysHint: (usual: string) => `1–365. When empty: ${usual}.`,
  usual: (days: number) => counted(days, 'day', 'days'),
  usualServer: 'as the server is set',
  daysBad: 'A whole number from 1 to 365.',
  many: 'Invite many…',
});

interface InviteValues extends PlaceValues {
  how: 'mail' | 'link';
  email: string;
  days: string;
}

export const daysError = (days: string): string | undefined =>
  days === '' || (/^\d{1,3}$/.test(days) && Number(days) >= 1 && Number(days) <= 365) ? undefined : texts.daysBad;

/** What an invitation says besides to whom it goes. */
export const offer = ({ role, organization, days }: PlaceValues & { days: string }) => ({
  role,
  ...(organization === '' ? {} : { organization_id: organization }),
  ...(days === '' ? {} : { expires_in_days: Number(days) }),
});

export function DaysField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { project } = useProject();
  const usual = project.settings.invitation_expiry_days;
  return (
    <TextField
      label={texts.days}
      pointer="/expires_in_days"
      optional
      inputMode="numeric"
      maxLength={3}
      hint={texts.daysHint(usual ? texts.usual(usual) : texts.usualServer)}
      value={value}
      onChange={onChange}
    />
  );
}

export function Invite({ onClose, onMany, done }: { onClose: () => void; onMany: () => void; done: (invitation: InvitationWithToken) => void }) {
  const { api } = useProject();
  const { tenant } = useTenant();
  const refresh = useRefresh();
  const form = useForm<InviteValues>({
    initial: { how: 'mail', email: '', days: '', role: 'member', organization: '', children: false },
    check: ({ how, email, days }) => ({
      '/email': how === 'mail' && email.trim() === '' ? texts.needEmail : undefined,
      '/expires_in_days': daysError(days),
    }),
    send: async (values, key) => {
      const invitation = await ok(
        api.POST('/v1/tenants/{tenant}/invitations', {
          params: { path: { tenant: tenant.id } },
          body: { ...offer(values), ...(values.how === 'mail' ? { email: values.email.trim() } : {}) },
          headers: { 'Idempotency-Key': key },
        }),
      );
      void refresh('invitations');
      done(invitation);
    },
  });
  const { values, set } = form;
  return (
    <Dialog open onClose={onClose} title={texts.title(tenant.name)} note={texts.note} dirty={form.dirty && !form.busy}>
      <Form
        form={form}
        inDialog
        always
        action={texts.invite}
        onCancel={onClose}
        foot={
          <span style={{ marginInlineEnd: 'auto' }}>
            <Button tone="quiet" onClick={onMany}>
              {texts.many}
            </Button>
          </span>
        }
      >
        <How form={form} />
        <PlaceFields tenant={tenant.id} form={form} reach={false} />
        <DaysField value={values.days} onChange={(days) => set('days', days.trim())} />
      </Form>
    </Dialog>
  );
}

function How({ form: { values, set } }: { form: FormState<InviteValues> }) {
  return (
    <>
      <SelectField
        label={texts.how}
        pointer="/how"
        value={values.how}
        hint={values.how === 'link' ? texts.linkHint : undefined}
        choices={[
          { value: 'mail', text: texts.mail },
          { value: 'link', text: texts.link },
        ]}
        onChange={(how) => set('how', how)}
      />
      {values.how === 'mail' ? (
        <TextField
          label={texts.email}
          pointer="/email"
          type="email"
          autoFocus
          maxLength={254}
          hint={texts.emailHint}
          value={values.email}
          onChange={(email) => set('email', email)}
        />
      ) : null}
    </>
  );
}
