/** Creating an organization, and changing one. */

import { ok } from '@carcosa/client';
import { ifMatch, useAction } from '../../api/data.ts';
import { mergePatch } from '../../api/merge-patch.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { type JsonObject, JsonField, parseObject, writeObject } from '../../ui/json-field.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import type { Organization } from './list.tsx';

const texts = messages('organization-form', {
  create: 'Create organization',
  edit: 'Edit organization',
  name: 'Name',
  nameHint: 'Unique in the tenant.',
  description: 'Description',
  settings: 'Settings',
  settingsHint: 'A JSON object of your application, at most 16 KiB.',
  needsName: 'An organization needs a name.',
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

const REFRESH = ['organizations', 'tenants', 'audit'];

function check(values: Values): Record<string, string | undefined> {
  const settings = parseObject(values.settings);
  return {
    '/name': values.name.trim() === '' ? texts.needsName : undefined,
    '/settings': 'error' in settings ? settings.error : undefined,
  };
}

export function CreateOrganization({ onClose }: { onClose: () => void }) {
  const { tenant } = useTenant();
  const create = useAction<{ values: Values; key: string }, Organization>({
    run: (api, { values, key }) => {
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
    refresh: REFRESH,
    failure: 'caller',
    done: onClose,
  });
  const form = useForm<Values>({ initial: valuesOf(), check, send: (values, key) => create.mutateAsync({ values, key }) });
  return (
    <Dialog open onClose={onClose} title={texts.create} dirty={form.dirty}>
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <Fields form={form} />
      </Form>
    </Dialog>
  );
}

export function EditOrganization({ organization, onClose }: { organization: Organization; onClose: () => void }) {
  const { api } = useProject();
  const { tenant } = useTenant();
  const params = { path: { tenant: tenant.id, organization: organization.id } };
  const change = useAction<{ values: Values; over: Organization }, Organization>({
    run: (at, { values, over }) =>
      at.PATCH('/v1/tenants/{tenant}/organizations/{organization}', {
        params,
        body: patchOf(over, values),
        headers: ifMatch(over.version),
      }),
    refresh: REFRESH,
    failure: 'caller',
  });
  const merge = useMergeForm<Organization, Values>({
    item: organization,
    read: valuesOf,
    check,
    reload: () => ok(api.GET('/v1/tenants/{tenant}/organizations/{organization}', { params })),
    save: (values, over) => change.mutateAsync({ values, over }),
    saved: onClose,
  });
  const { form } = merge;
  return (
    <Dialog open onClose={onClose} title={texts.edit} dirty={form.dirty}>
      <Form form={form} inDialog onCancel={onClose}>
        <Fields form={form} />
        <Conflict merge={merge} names={texts} />
      </Form>
    </Dialog>
  );
}

function Fields({ form: { values, set } }: { form: FormState<Values> }) {
  return (
    <>
      <TextField
        label={texts.name}
        pointer="/name"
        hint={texts.nameHint}
        autoFocus
        required
        maxLength={200}
        value={values.name}
        onChange={(name) => set('name', name)}
      />
      <TextAreaField
        label={texts.description}
        pointer="/description"
        optional
        value={values.description}
        onChange={(description) => set('description', description)}
      />
      <JsonField
        label={texts.settings}
        pointer="/settings"
        hint={texts.settingsHint}
        rows={5}
        placeholder="{ }"
        value={values.settings}
        onChange={(settings) => set('settings', settings)}
      />
    </>
  );
}
