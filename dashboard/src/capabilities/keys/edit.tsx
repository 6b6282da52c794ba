/** Changing what a key is called, may do, and from where and until when. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { JsonField, parseObject, writeObject } from '../../ui/json-field.tsx';
import { usePermissions } from '../roles/data.ts';
import { Conflict } from '../tenants/conflict.tsx';
import { mergePatch } from '../tenants/patch.ts';
import { type Expiry, ExpiryField, IpsField, expiryToSend } from './limits.tsx';
import { type ApiKey, ifMatch } from './model.ts';
import { type Preset, ScopesField, heldBy, scopesOf } from './scopes.tsx';

const texts = messages('keys.edit', {
  title: 'Edit key',
  name: 'Name',
  metadata: 'Metadata',
  noName: 'Give it a name.',
  noScopes: 'Choose at least one permission.',
  noDate: 'Say until when.',
  names: { name: 'name', preset: 'access', chosen: 'permissions', expiry: 'expiry', date: 'end', ips: 'addresses', metadata: 'metadata' } satisfies Record<keyof Values, string>,
});

interface Values {
  name: string;
  preset: Preset;
  chosen: string[];
  expiry: Expiry;
  date: string;
  ips: string[];
  metadata: string;
}

const valuesOf = (key: ApiKey): Values => ({
  name: key.name,
  preset: key.scopes.includes('*') ? 'full' : key.scopes.length === 1 && key.scopes[0] === 'key:verify' ? 'verify' : 'custom',
  chosen: key.scopes.filter((scope) => scope !== '*'),
  expiry: key.expires_at ? 'date' : 'never',
  date: key.expires_at ?? '',
  ips: key.allowed_ips,
  metadata: writeObject(key.metadata),
});

export function EditKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  // The key that the form was filled from: what was changed is told against it.
  const [base, setBase] = useState(apiKey);
  const form = useForm<Values>({ initial: valuesOf(apiKey), check, send: useSend(base, onClose) });
  const { values, set } = form;
  const elsewhere = apiKey.version > base.version && !form.busy;
  if (elsewhere && !form.dirty) {
    setBase(apiKey);
    form.reset(valuesOf(apiKey));
  }
  return (
    <Dialog open onClose={onClose} title={texts.title} dirty={form.dirty} width="40rem">
      <Form form={form} inDialog onCancel={onClose}>
        <TextField label={texts.name} pointer="/name" maxLength={200} value={values.name} onChange={(value) => set('name', value)} autoFocus />
        <ScopesField
          ofTenant={apiKey.tenant_id !== null}
          preset={values.preset}
          chosen={values.chosen}
          onChange={(preset, chosen) => {
            set('preset', preset);
            set('chosen', chosen);
          }}
        />
        <ExpiryField expiry={values.expiry} date={values.date} onExpiry={(value) => set('expiry', value)} onDate={(value) => set('date', value)} />
        <IpsField values={values.ips} onChange={(value) => set('ips', value)} />
        <JsonField label={texts.metadata} pointer="/metadata" rows={4} value={values.metadata} onChange={(value) => set('metadata', value)} />
        {elsewhere && form.dirty ? (
          <Conflict before={valuesOf(base)} theirs={valuesOf(apiKey)} form={form} names={texts.names} take={() => setBase(apiKey)} />
        ) : null}
      </Form>
    </Dialog>
  );
}

function check(values: Values): Record<string, string | undefined> {
  const metadata = parseObject(values.metadata);
  return {
    '/name': values.name.trim() === '' ? texts.noName : undefined,
    '/scopes': values.preset === 'custom' && values.chosen.length === 0 ? texts.noScopes : undefined,
    '/expires_at': values.expiry === 'date' && values.date === '' ? texts.noDate : undefined,
    '/metadata': 'error' in metadata ? metadata.error : undefined,
  };
}

/** Sends only what was changed. */
function useSend(apiKey: ApiKey, done: () => void) {
  const { api, root } = useProject();
  const client = useQueryClient();
  const registry = usePermissions();
  const before = valuesOf(apiKey);
  return async (values: Values) => {
    const changed = (...names: (keyof Values)[]) => names.some((name) => JSON.stringify(values[name]) !== JSON.stringify(before[name]));
    const permissions = heldBy(registry.data?.data ?? (await registry.refetch()).data?.data ?? [], apiKey.tenant_id !== null);
    const metadata = parseObject(values.metadata);
    const body = {
      ...(changed('name') ? { name: values.name.trim() } : {}),
      ...(changed('preset', 'chosen') ? { scopes: scopesOf(values.preset, values.chosen, permissions) } : {}),
      ...(changed('expiry', 'date') ? { expires_at: expiryToSend(values.expiry, values.date, Date.now()) } : {}),
      ...(changed('ips') ? { allowed_ips: values.ips } : {}),
      ...(changed('metadata') && 'value' in metadata ? { metadata: mergePatch(apiKey.metadata, metadata.value) ?? {} } : {}),
    };
    try {
      await ok(api.PATCH('/v1/keys/{api_key}', { params: { path: { api_key: apiKey.id } }, body, headers: ifMatch(apiKey.version) }));
    } finally {
      // Refused or not: what someone else made of it is shown.
      void refresh(client, root, ['keys', 'audit']);
    }
    done();
  };
}
