/** Creating a key, of the project or of a tenant; then its secret, this once. */

import { ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { JsonField, parseObject } from '../../ui/json-field.tsx';
import { SecretDialog, Snippets } from '../../ui/secret.tsx';
import { usePermissions } from '../roles/data.ts';
import { type KeyValues, KeyFields, checkKey } from './fields.tsx';
import { CreditFields, type CreditValues, IpsField, type LimitValues, RateFields, creditsToSend, expiryToSend, limitToSend } from './limits.tsx';
import type { KeyWithSecret } from './model.ts';
import { heldBy, scopesOf } from './scopes.tsx';
import { snippetsOf } from './snippets.ts';

const texts = messages('keys.create', {
  title: 'New API key',
  titleOf: (tenant: string) => `New API key of ${tenant}`,
  more: 'Limits and metadata',
  metadata: 'Metadata',
  metadataHint: 'Your own data about it, given to you when it is verified.',
  create: 'Create key',
  made: (name: string) => `The secret of ${name}`,
  secret: 'secret',
  tryIt: 'Try it:',
});

type Values = KeyValues & LimitValues & CreditValues;

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
  const form = useForm<Values>({ initial: START, check: checkKey, send });
  const { values, set } = form;
  const [opened, setOpened] = useState(false);
  const hidden = ['/allowed_ips', '/rate_limit', '/credits', '/metadata'].some((pointer) => form.errorAt(pointer));
  return (
    <Dialog open onClose={onClose} title={tenant ? texts.titleOf(tenant.name) : texts.title} dirty={form.dirty} width="40rem">
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <KeyFields form={form} ofTenant={tenant !== undefined} />
        <details className="disclosure" open={opened || hidden} onToggle={(event) => setOpened(event.currentTarget.open)}>
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

/** Sends the form. */
function useCreate(tenant: KeyOwner | undefined, done: (key: KeyWithSecret) => void) {
  const { api } = useProject();
  const refresh = useRefresh();
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
    void refresh('keys', 'tenants', 'audit');
    done(made);
  };
}
