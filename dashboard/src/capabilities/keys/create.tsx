/** Creating a key, of the project or of a tenant; then its secret, this once. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { JsonField, parseObject } from '../../ui/json-field.tsx';
import { usePermissions } from '../roles/data.ts';
import { CreditFields, type CreditValues, type Expiry, ExpiryField, IpsField, type LimitValues, RateFields, creditsToSend, expiryToSend, limitToSend } from './limits.tsx';
import type { KeyWithSecret } from './model.ts';
import { SecretDialog, Snippets } from '../../ui/secret.tsx';
import { type Preset, ScopesField, heldBy, scopesOf } from './scopes.tsx';
import { snippetsOf } from './snippets.ts';
import './keys.css';

const texts = messages('keys.create', {
  title: 'New API key',
  titleOf: (tenant: string) => `New API key of ${tenant}`,
  name: 'Name',
  nameHint: 'Where it is used: “billing service”, “CI”.',
  more: 'Limits and metadata',
  metadata: 'Metadata',
  metadataHint: 'Your own data about it, given to you when it is verified.',
  create: 'Create key',
  noName: 'Give it a name.',
  noScopes: 'Choose at least one permission.',
  noDate: 'Say until when.',
  made: (name: string) => `The secret of ${name}`,
  secret: 'secret',
  tryIt: 'Try it:',
});

interface Values extends LimitValues, CreditValues {
  name: string;
  preset: Preset;
  chosen: string[];
  expiry: Expiry;
  date: string;
  ips: string[];
  metadata: string;
}

const START: Values = {
  name: '',
  preset: 'full',
  chosen: [],
  expiry: 'never',
  date: '',
  ips: [],
  metadata: '',
  limit: '',
  period: '60',
  burst: '',
  credits: '',
  refill: 'none',
  amount: '',
};

export interface KeyOwner {
  id: string;
  name: string;
}

export function CreateKey({ open, onClose, tenant }: { open: boolean; onClose: () => void; tenant?: KeyOwner }) {
  const [made, setMade] = useState<KeyWithSecret>();
  return (
    <>
      {open ? <CreateDialog onClose={onClose} tenant={tenant} made={setMade} /> : null}
      {made ? (
        <SecretDialog open onClose={() => setMade(undefined)} title={texts.made(made.name)} secret={made.secret} what={texts.secret}>
          <div className="stack">
            <p>{texts.tryIt}</p>
            <Snippets snippets={snippetsOf(made.secret)} />
          </div>
        </SecretDialog>
      ) : null}
    </>
  );
}

function CreateDialog({ onClose, tenant, made }: { onClose: () => void; tenant?: KeyOwner; made: (key: KeyWithSecret) => void }) {
  const send = useCreate(tenant, (key) => {
    onClose();
    made(key);
  });
  const form = useForm<Values>({ initial: START, check, send });
  const { values, set } = form;
  const [opened, setOpened] = useState(false);
  const hidden = ['/allowed_ips', '/rate_limit', '/credits', '/metadata'].some((pointer) => form.errorAt(pointer));
  return (
    <Dialog open onClose={onClose} title={tenant ? texts.titleOf(tenant.name) : texts.title} dirty={form.dirty} width="40rem">
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <TextField label={texts.name} pointer="/name" hint={texts.nameHint} value={values.name} onChange={(value) => set('name', value)} maxLength={200} autoFocus />
        <ScopesField
          ofTenant={tenant !== undefined}
          preset={values.preset}
          chosen={values.chosen}
          onChange={(preset, chosen) => {
            set('preset', preset);
            set('chosen', chosen);
          }}
        />
        <ExpiryField expiry={values.expiry} date={values.date} onExpiry={(value) => set('expiry', value)} onDate={(value) => set('date', value)} />
        <details className="keys-more" open={opened || hidden} onToggle={(event) => setOpened(event.currentTarget.open)}>
          <summary>{texts.more}</summary>
          <div className="fields">
            <IpsField values={values.ips} onChange={(value) => set('ips', value)} />
            <RateFields values={values} set={set} />
            <CreditFields values={values} set={(name, value) => set(name, value as never)} />
            <JsonField label={texts.metadata} pointer="/metadata" hint={texts.metadataHint} rows={4} value={values.metadata} onChange={(value) => set('metadata', value)} placeholder='{ "customer": "…" }' />
          </div>
        </details>
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

/** Sends the form. */
function useCreate(tenant: KeyOwner | undefined, done: (key: KeyWithSecret) => void) {
  const { api, root } = useProject();
  const client = useQueryClient();
  const registry = usePermissions();
  const [from] = useState(() => Date.now());
  return async (values: Values, key: string) => {
    const permissions = heldBy(registry.data?.data ?? (await registry.refetch()).data?.data ?? [], tenant !== undefined);
    const metadata = parseObject(values.metadata);
    const body = {
      name: values.name.trim(),
      scopes: scopesOf(values.preset, values.chosen, permissions),
      expires_at: expiryToSend(values.expiry, values.date, from),
      allowed_ips: values.ips,
      rate_limit: limitToSend(values),
      credits: creditsToSend(values),
      metadata: 'value' in metadata ? metadata.value : {},
    };
    const headers = { 'Idempotency-Key': key };
    const made = await (tenant
      ? ok(api.POST('/v1/tenants/{tenant}/keys', { params: { path: { tenant: tenant.id } }, body, headers }))
      : ok(api.POST('/v1/keys', { body, headers })));
    void refresh(client, root, ['keys', 'tenants', 'audit']);
    done(made);
  };
}
