import { ok } from '@carcosa/client';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import type { Role } from './data.ts';
import './roles.css';

const texts = messages('roles-create', {
  title: 'Create role',
  note: 'Next, choose its permissions and conditions.',
  noteTenant: 'It holds in this tenant alone. Next, choose its permissions and conditions.',
  create: 'Create role',
  name: 'Name',
  key: 'Key',
  keyHint: 'What memberships and API calls name it by. It stays for good.',
  keyBad: '2–40 of a–z, 0–9 and _, starting with a letter.',
  needName: 'A name is needed.',
  description: 'Description',
  from: 'Start from',
  fromHint: (scopes: string) => `Gives: ${scopes}`,
  copies: (name: string) => `${name}, with its conditions`,
});

interface Values {
  name: string;
  /** Empty: made of the name. */
  key: string;
  description: string;
  from: string;
}

/** A key made of a name: `Billing team` is `billing_team`. */
export const keyOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40);

interface Props {
  tenant: string | undefined;
  roles: readonly Role[];
  onClose: () => void;
  onCreated: (role: Role) => void;
}

function useCreateRole({ tenant, roles, onCreated }: Props): FormState<Values> {
  const { api } = useScope();
  const refresh = useRefresh();
  return useForm<Values>({
    initial: { name: '', key: '', description: '', from: 'viewer' },
    check: ({ name, key }) => ({
      '/name': name.trim() === '' ? texts.needName : undefined,
      '/key': name.trim() === '' || /^[a-z][a-z0-9_]{1,39}$/.test(key || keyOf(name)) ? undefined : texts.keyBad,
    }),
    send: async (values, idempotencyKey) => {
      const origin = roles.find((role) => role.key === values.from);
      const body = {
        key: values.key || keyOf(values.name),
        name: values.name.trim(),
        permissions: origin?.permissions ?? ['tenant:read'],
        ...(values.description.trim() === '' ? {} : { description: values.description.trim() }),
        ...(origin?.conditions ? { conditions: origin.conditions } : {}),
      };
      const headers = { 'Idempotency-Key': idempotencyKey };
      const role = await ok(
        tenant === undefined
          ? api.POST('/v1/roles', { body, headers })
          : api.POST('/v1/tenants/{tenant}/roles', { params: { path: { tenant } }, body, headers }),
      );
      void refresh('roles');
      onCreated(role);
    },
  });
}

export function CreateRole(props: Props) {
  const { tenant, roles, onClose } = props;
  const form = useCreateRole(props);
  return (
    <Dialog open onClose={onClose} title={texts.title} note={tenant === undefined ? texts.note : texts.noteTenant} dirty={form.dirty && !form.busy}>
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <RoleFields form={form} roles={roles} />
      </Form>
    </Dialog>
  );
}

function RoleFields({ form: { values, set }, roles }: { form: FormState<Values>; roles: readonly Role[] }) {
  const origin = roles.find((role) => role.key === values.from);
  return (
    <>
      <div className="fields-2">
        <TextField label={texts.name} pointer="/name" autoFocus maxLength={200} value={values.name} onChange={(name) => set('name', name)} />
        <TextField
          label={texts.key}
          pointer="/key"
          mono
          maxLength={40}
          hint={texts.keyHint}
          placeholder={keyOf(values.name)}
          value={values.key}
          onChange={(key) => set('key', key.trim())}
        />
      </div>
      <TextAreaField
        label={texts.description}
        pointer="/description"
        optional
        rows={2}
        value={values.description}
        onChange={(description) => set('description', description)}
      />
      <SelectField
        label={texts.from}
        pointer="/permissions"
        value={values.from}
        choices={roles.map((role) => ({ value: role.key, text: role.conditions ? texts.copies(role.name) : role.name }))}
        hint={origin ? texts.fromHint(origin.permissions.join(', ')) : undefined}
        onChange={(from) => set('from', from)}
      />
    </>
  );
}
