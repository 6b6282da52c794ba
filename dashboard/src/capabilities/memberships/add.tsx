/** Adding a member: a user of the project, or somebody new by their address. */

import { type Schemas, ok } from '@carcosa/client';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/fields.tsx';
import { Field, Form, type FormState, useForm } from '../../ui/form.tsx';
import { toast } from '../../ui/toast.tsx';
import { UserPicker } from '../access/pickers.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { patchMember } from './data.ts';
import { type Membership, memberName } from './parts.tsx';
import { PlaceFields, type PlaceValues } from './place.tsx';

const texts = messages('member-add', {
  title: (tenant: string) => `Add a member to ${tenant}`,
  note: 'They have the role at once, without being asked. To let them decide, invite them.',
  add: 'Add member',
  who: 'Who',
  known: 'A user of the project',
  fresh: 'Someone new',
  user: 'User',
  email: 'E-mail address',
  emailHint: 'A user with this address is added; where there is none, one is created.',
  name: 'Name',
  needUser: 'Choose a user.',
  needEmail: 'An e-mail address is needed.',
  added: (name: string) => `${name} is a member now.`,
  change: (name: string) => `Role of ${name}`,
});

interface AddValues extends PlaceValues {
  who: 'known' | 'fresh';
  user: string;
  email: string;
  name: string;
}

function body(values: AddValues): Schemas['CreateMembership'] {
  const name = values.name.trim();
  return {
    role: values.role,
    ...(values.who === 'known' ? { user_id: values.user } : { email: values.email.trim(), ...(name === '' ? {} : { name }) }),
    ...(values.organization === '' ? {} : { organization_id: values.organization }),
    ...(values.children ? { includes_children: true } : {}),
  };
}

export function AddMember({ onClose }: { onClose: () => void }) {
  const { api, can } = useProject();
  const { tenant } = useTenant();
  const refresh = useRefresh();
  const form = useForm<AddValues>({
    initial: { who: can('user:read') ? 'known' : 'fresh', user: '', email: '', name: '', role: 'member', organization: '', children: false },
    check: ({ who, user, email }) => ({
      '/user_id': who === 'known' && user === '' ? texts.needUser : undefined,
      '/email': who === 'fresh' && email.trim() === '' ? texts.needEmail : undefined,
    }),
    send: async (values, key) => {
      const added = await ok(
        api.POST('/v1/tenants/{tenant}/members', {
          params: { path: { tenant: tenant.id } },
          body: body(values),
          headers: { 'Idempotency-Key': key },
        }),
      );
      toast.success(texts.added(memberName(added)));
      void refresh('members', 'tenants', 'users');
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.title(tenant.name)} note={texts.note} dirty={form.dirty && !form.busy}>
      <Form form={form} inDialog action={texts.add} onCancel={onClose}>
        <Who form={form} />
        <PlaceFields tenant={tenant.id} form={form} />
      </Form>
    </Dialog>
  );
}

function Who({ form: { values, set } }: { form: FormState<AddValues> }) {
  const { can } = useProject();
  return (
    <>
      {can('user:read') ? (
        <SelectField
          label={texts.who}
          pointer="/who"
          value={values.who}
          choices={[
            { value: 'known', text: texts.known },
            { value: 'fresh', text: texts.fresh },
          ]}
          onChange={(who) => set('who', who)}
        />
      ) : null}
      {values.who === 'known' ? (
        <Field label={texts.user} pointer="/user_id">
          {(control) => <UserPicker control={control} autoFocus value={values.user} onChange={(user) => set('user', user)} />}
        </Field>
      ) : (
        <div className="fields-2">
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
          <TextField label={texts.name} pointer="/name" optional maxLength={200} value={values.name} onChange={(name) => set('name', name)} />
        </div>
      )}
    </>
  );
}

function placeOf(one: Membership): PlaceValues {
  return { role: one.role, organization: one.organization_id ?? '', children: one.includes_children };
}

/** Another role, or another reach. */
export function ChangeMember({ membership, onClose }: { membership: Membership; onClose: () => void }) {
  const { api } = useProject();
  const refresh = useRefresh();
  const form = useForm<PlaceValues>({
    initial: placeOf(membership),
    send: async (values) => {
      const before = placeOf(membership);
      await ok(
        patchMember(api, membership, {
          ...(values.role === before.role ? {} : { role: values.role }),
          ...(values.organization === before.organization ? {} : { organization_id: values.organization || null }),
          ...(values.children === before.children ? {} : { includes_children: values.children }),
        }),
      );
      await refresh('members');
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.change(memberName(membership))} dirty={form.dirty && !form.busy}>
      <Form form={form} inDialog onCancel={onClose}>
        <PlaceFields tenant={membership.tenant_id} form={form} />
      </Form>
    </Dialog>
  );
}
