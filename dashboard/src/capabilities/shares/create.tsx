/** Lets another tenant use a resource of this one. */

import { useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DateTimeField, TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import type { Option } from '../../ui/picker.tsx';
import { TenantPicker } from '../tenants/picker.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import type { Share } from './list.tsx';

const texts = messages('share-create', {
  title: 'Share a resource',
  note: (name: string) => `Another tenant may use it until the share ends or is revoked. It stays the property of ${name}.`,
  resource: 'Resource',
  resourceHint: 'The name your application has for it.',
  grantee: 'Tenant that may use it',
  role: 'Role',
  roleHint: 'What it may do with the resource, in your application’s words: lower-case letters, digits, - and _.',
  expires: 'Ends',
  expiresHint: 'In your time zone. Empty: until it is revoked.',
  share: 'Share',
  needsResource: 'Say what is shared.',
  needsGrantee: 'Choose a tenant.',
  needsRole: 'Say in which role.',
  past: 'This lies in the past.',
  said: (resource: string) => `${resource} is shared`,
});

function useCreate(done: () => void) {
  const { tenant } = useTenant();
  return useAction<{ body: { resource: string; grantee_id: string; role: string; expires_at?: string }; key: string }, Share>({
    run: (api, { body, key }) =>
      api.POST('/v1/tenants/{tenant}/shares', { params: { path: { tenant: tenant.id } }, body, headers: { 'Idempotency-Key': key } }),
    refresh: ['shares', 'tenants', 'audit'],
    failure: 'caller',
    said: (share) => texts.said(share.resource),
    done,
  });
}

function useShareForm(onClose: () => void) {
  const create = useCreate(onClose);
  return useForm({
    initial: { resource: '', grantee: null as Option | null, role: '', expires: '' },
    check: (values) => ({
      '/resource': values.resource.trim() === '' ? texts.needsResource : undefined,
      '/grantee_id': values.grantee ? undefined : texts.needsGrantee,
      '/role': values.role.trim() === '' ? texts.needsRole : undefined,
      '/expires_at': values.expires && new Date(values.expires) <= new Date() ? texts.past : undefined,
    }),
    send: (values, key) =>
      create.mutateAsync({
        key,
        body: {
          resource: values.resource.trim(),
          grantee_id: values.grantee?.value ?? '',
          role: values.role.trim(),
          ...(values.expires ? { expires_at: values.expires } : {}),
        },
      }),
  });
}

export function CreateShare({ onClose }: { onClose: () => void }) {
  const { tenant } = useTenant();
  const form = useShareForm(onClose);
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note(tenant.name)} dirty={form.dirty}>
      <Form form={form} inDialog action={texts.share} onCancel={onClose}>
        <TextField
          label={texts.resource}
          pointer="/resource"
          hint={texts.resourceHint}
          autoFocus
          mono
          maxLength={200}
          placeholder="folder/designs"
          value={form.values.resource}
          onChange={(value) => form.set('resource', value)}
        />
        <TenantPicker
          label={texts.grantee}
          pointer="/grantee_id"
          except={tenant.id}
          value={form.values.grantee}
          onChange={(value) => form.set('grantee', value)}
        />
        <div className="fields-2">
          <TextField
            label={texts.role}
            pointer="/role"
            hint={texts.roleHint}
            maxLength={64}
            placeholder="viewer"
            value={form.values.role}
            onChange={(value) => form.set('role', value.toLowerCase())}
          />
          <DateTimeField
            label={texts.expires}
            pointer="/expires_at"
            hint={texts.expiresHint}
            optional
            value={form.values.expires}
            onChange={(value) => form.set('expires', value)}
          />
        </div>
      </Form>
    </Dialog>
  );
}
