/** Changing what a key is called, may do, and from where and until when. */

import { mergePatch } from '../../api/merge-patch.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form } from '../../ui/form.tsx';
import { JsonField, parseObject, writeObject } from '../../ui/json-field.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { usePermissions } from '../roles/data.ts';
import { useKeyChange } from './change.ts';
import { type KeyValues, KeyFields, checkKey } from './fields.tsx';
import { IpsField, expiryToSend } from './limits.tsx';
import type { ApiKey } from './model.ts';
import { heldBy, scopesOf } from './scopes.tsx';

const texts = messages('keys.edit', {
  title: 'Edit key',
  metadata: 'Metadata',
  names: { name: 'Name', preset: 'Access', chosen: 'Permissions', expiry: 'Expiry', date: 'End', ips: 'Addresses', metadata: 'Metadata' } satisfies Record<keyof KeyValues, string>,
});

const valuesOf = (key: ApiKey): KeyValues => ({
  name: key.name,
  preset: key.scopes.includes('*') ? 'full' : key.scopes.length === 1 && key.scopes[0] === 'key:verify' ? 'verify' : 'custom',
  chosen: key.scopes.filter((scope) => scope !== '*'),
  expiry: key.expires_at ? 'date' : 'never',
  date: key.expires_at ?? '',
  ips: key.allowed_ips,
  metadata: writeObject(key.metadata),
});

export function EditKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const merge = useMergeForm<ApiKey, KeyValues>({ item: apiKey, read: valuesOf, check: checkKey, saved: onClose, ...useSave(apiKey) });
  const { form } = merge;
  const { values, set } = form;
  return (
    <Dialog open onClose={onClose} title={texts.title} dirty={form.dirty} width="40rem">
      <Form form={form} inDialog onCancel={onClose}>
        <KeyFields form={form} ofTenant={apiKey.tenant_id !== null} />
        <IpsField values={values.ips} onChange={(value) => set('ips', value)} />
        <JsonField label={texts.metadata} pointer="/metadata" rows={4} value={values.metadata} onChange={(value) => set('metadata', value)} />
        <Conflict merge={merge} names={texts.names} />
      </Form>
    </Dialog>
  );
}

/** Sends only what was changed. */
function useSave(apiKey: ApiKey) {
  const { save, reload } = useKeyChange(apiKey.id);
  const registry = usePermissions();
  return {
    reload,
    save: async (values: KeyValues, over: ApiKey) => {
      const before = valuesOf(over);
      const changed = (...names: (keyof KeyValues)[]) => names.some((name) => JSON.stringify(values[name]) !== JSON.stringify(before[name]));
      const permissions = heldBy(registry.data?.data ?? (await registry.refetch()).data?.data ?? [], over.tenant_id !== null);
      const metadata = parseObject(values.metadata);
      return save(over, {
        ...(changed('name') ? { name: values.name.trim() } : {}),
        ...(changed('preset', 'chosen') ? { scopes: scopesOf(values.preset, values.chosen, permissions) } : {}),
        ...(changed('expiry', 'date') ? { expires_at: expiryToSend(values.expiry, values.date, Date.now()) } : {}),
        ...(changed('ips') ? { allowed_ips: values.ips } : {}),
        ...(changed('metadata') && 'value' in metadata ? { metadata: mergePatch(over.metadata, metadata.value) ?? {} } : {}),
      });
    },
  };
}
