/** What is asked of every key, whether it is created or changed. */

import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import type { FormState } from '../../ui/form.tsx';
import { parseObject } from '../../ui/json-field.tsx';
import { type Expiry, ExpiryField } from './limits.tsx';
import { type Preset, ScopesField } from './scopes.tsx';

const texts = messages('keys.fields', {
  name: 'Name',
  nameHint: 'Where it is used: “billing service”, “CI”.',
  noName: 'Give it a name.',
  noScopes: 'Choose at least one permission.',
  noDate: 'Say until when.',
});

export interface KeyValues {
  name: string;
  preset: Preset;
  chosen: string[];
  expiry: Expiry;
  date: string;
  ips: string[];
  metadata: string;
}

export function checkKey(values: KeyValues): Record<string, string | undefined> {
  const metadata = parseObject(values.metadata);
  return {
    '/name': values.name.trim() === '' ? texts.noName : undefined,
    '/scopes': values.preset === 'custom' && values.chosen.length === 0 ? texts.noScopes : undefined,
    '/expires_at': values.expiry === 'date' && values.date === '' ? texts.noDate : undefined,
    '/metadata': 'error' in metadata ? metadata.error : undefined,
  };
}

/** Its name, what it may do, and until when. */
export function KeyFields<Values extends KeyValues>({ form: { values, set }, ofTenant }: { form: FormState<Values>; ofTenant: boolean }) {
  return (
    <>
      <TextField
        label={texts.name}
        pointer="/name"
        hint={texts.nameHint}
        maxLength={200}
        autoFocus
        value={values.name}
        onChange={(value) => set('name', value)}
      />
      <ScopesField
        ofTenant={ofTenant}
        preset={values.preset}
        chosen={values.chosen}
        onChange={(preset, chosen) => {
          set('preset', preset);
          set('chosen', chosen);
        }}
      />
      <ExpiryField expiry={values.expiry} date={values.date} onExpiry={(value) => set('expiry', value)} onDate={(value) => set('date', value)} />
    </>
  );
}
