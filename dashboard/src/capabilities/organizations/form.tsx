/** Creates or changes an organization. */

import { useState } from 'react';
import { useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { type JsonObject, JsonField, parseObject, writeObject } from '../../ui/json-field.tsx';
import { Conflict } from '../tenants/conflict.tsx';
import { mergePatch } from '../tenants/patch.ts';
import { useTenant } from '../tenants/tenant.tsx';
import type { Organization } from './list.tsx';

const texts = messages('organization-form', {
  create: 'Create organization',
  edit: 'Edit organization',
  save: 'Save',
  name: 'Name',
  nameHint: 'Unique in the tenant.',
  description: 'Description',
  settings: 'Settings',
  settingsHint: 'A JSON object of your application, at most 16 KiB.',
  needsName: 'An organization needs a name.',
  names: { name: 'name', description: 'description', settings: 'settings' },
});

interface Values {
  name: string;
  description: string;
  settings: string;
}

const valuesOf = (one?: Organization): Values => ({
  name: one?.name ?? '',
  description: one?.description ?? '',
  settings: writeObject(one?.settings as JsonObject | undefined),
});

const settingsOf = (text: string): JsonObject => {
  const parsed = parseObject(text);
  return 'value' in parsed ? parsed.value : {};
};

/** Only what differs. */
function patchOf(before: Organization, values: Values) {
  const known = valuesOf(before);
  const settings = mergePatch(before.settings as JsonObject, settingsOf(values.settings));
  return {
    ...(values.name === known.name ? {} : { name: values.name.trim() }),
    ...(values.description === known.description ? {} : { description: values.description.trim() || null }),
    ...(settings ? { settings } : {}),
  };
}

/** Creates it, or changes the one that is given. */
function useSave(base: Organization | undefined, done: () => void) {
  const { tenant } = useTenant();
  return useAction<{ values: Values; key: string }, Organization>({
    run: (api, { values, key }) => {
      if (base) {
        return api.PATCH('/v1/tenants/{tenant}/organizations/{organization}', {
          params: { path: { tenant: tenant.id, organization: base.id } },
          body: patchOf(base, values),
          headers: { 'If-Match': `"${base.version}"` },
        });
      }
      const settings = settingsOf(values.settings);
      return api.POST('/v1/tenants/{tenant}/organizations', {
        params: { path: { tenant: tenant.id } },
        body: {
          name: values.name.trim(),
          ...(values.description.trim() ? { description: values.description.trim() } : {}),
          ...(Object.keys(settings).length > 0 ? { settings } : {}),
        },
        headers: { 'Idempotency-Key': key },
      });
    },
    refresh: ['organizations', 'tenants', 'audit'],
    failure: 'caller',
    done,
  });
}

export function OrganizationForm({ organization, onClose }: { organization?: Organization; onClose: () => void }) {
  const [base, setBase] = useState(organization);
  const save = useSave(base, onClose);
  const form = useForm<Values>({
    initial: valuesOf(organization),
    check: (values) => {
      const settings = parseObject(values.settings);
      return {
        '/name': values.name.trim() === '' ? texts.needsName : undefined,
        '/settings': 'error' in settings ? settings.error : undefined,
      };
    },
    send: (values, key) => save.mutateAsync({ values, key }),
  });
  const elsewhere = organization && base && organization.version > base.version && !form.busy;
  return (
    <Dialog open onClose={onClose} title={base ? texts.edit : texts.create} dirty={form.dirty}>
      <Form form={form} inDialog action={base ? texts.save : texts.create} onCancel={onClose}>
        <TextField
          label={texts.name}
          pointer="/name"
          hint={texts.nameHint}
          autoFocus
          required
          maxLength={200}
          value={form.values.name}
          onChange={(value) => form.set('name', value)}
        />
        <TextAreaField
          label={texts.description}
          pointer="/description"
          optional
          value={form.values.description}
          onChange={(value) => form.set('description', value)}
        />
        <JsonField
          label={texts.settings}
          pointer="/settings"
          hint={texts.settingsHint}
          rows={5}
          placeholder="{ }"
          value={form.values.settings}
          onChange={(value) => form.set('settings', value)}
        />
        {elsewhere ? (
          <Conflict before={valuesOf(base)} theirs={valuesOf(organization)} form={form} names={texts.names} take={() => setBase(organization)} />
        ) : null}
      </Form>
    </Dialog>
  );
}
