/** The question, field by field. Each change goes into the address. */

import { useState } from 'react';
import type { SetSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { DateTimeField, SelectField, TextField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { useOrganizationChoices } from '../memberships/data.ts';
import { isIp } from './address.ts';
import { PermissionPicker, TenantPicker, UserPicker } from './pickers.tsx';

const texts = messages('access-question', {
  user: 'User',
  tenant: 'Tenant',
  permission: 'Permission',
  organization: 'Organization',
  whole: 'The tenant as a whole',
  context: 'About the sign-in',
  contextHint: 'Roles with conditions and tenants with security rules ask for these. What is not said counts as not met.',
  mfa: 'Second factor',
  notSaid: 'Not said',
  yes: 'Yes',
  no: 'No',
  method: 'Way of signing in',
  methods: {
    password: 'Password',
    email_link: 'Link by e-mail',
    email_code: 'Code by e-mail',
    social: 'Account at a public provider',
    sso: 'Single sign-on',
    passkey: 'Passkey',
  } as Record<string, string>,
  ip: 'Address',
  ipBad: 'This is no IP address yet, so it is not asked about.',
  signedIn: 'Signed in at',
});

export type QuestionValues = Record<'user' | 'tenant' | 'organization' | 'permission' | 'mfa' | 'ip' | 'method' | 'signed_in_at', string>;

export function QuestionForm({ values, set }: { values: QuestionValues; set: SetSearch<keyof QuestionValues> }) {
  const organizations = useOrganizationChoices(values.tenant, texts.whole, values.tenant !== '');
  return (
    <div className="fields">
      <Field label={texts.user} pointer="/user">
        {(control) => <UserPicker control={control} value={values.user} onChange={(user) => set({ user })} />}
      </Field>
      <Field label={texts.permission} pointer="/permission">
        {(control) => <PermissionPicker control={control} value={values.permission} onChange={(permission) => set({ permission })} />}
      </Field>
      <Field label={texts.tenant} pointer="/tenant">
        {(control) => <TenantPicker control={control} value={values.tenant} onChange={(tenant) => set({ tenant, organization: '' })} />}
      </Field>
      {organizations.any || values.organization !== '' ? (
        <SelectField
          label={texts.organization}
          pointer="/organization_id"
          value={values.organization}
          choices={organizations.choices}
          onChange={(organization) => set({ organization })}
        />
      ) : null}
      <Context values={values} set={set} />
    </div>
  );
}

function Context({ values, set }: { values: QuestionValues; set: SetSearch<keyof QuestionValues> }) {
  // Half an address would be half a question: the field has a life of its own until it is one.
  const [ip, setIp] = useState(values.ip);
  const [known, setKnown] = useState(values.ip);
  if (known !== values.ip) {
    setKnown(values.ip);
    setIp(values.ip);
  }
  const notSaid = { value: '', text: texts.notSaid };
  return (
    <fieldset className="fields plain-fieldset">
      <legend className="strong">{texts.context}</legend>
      <p className="dim small">{texts.contextHint}</p>
      <div className="fields-2">
        <SelectField
          label={texts.mfa}
          pointer="/mfa"
          value={values.mfa}
          choices={[notSaid, { value: 'yes', text: texts.yes }, { value: 'no', text: texts.no }]}
          onChange={(mfa) => set({ mfa })}
        />
        <SelectField
          label={texts.method}
          pointer="/method"
          value={values.method}
          choices={[notSaid, ...Object.entries(texts.methods).map(([value, text]) => ({ value, text }))]}
          onChange={(method) => set({ method })}
        />
        <TextField
          label={texts.ip}
          pointer="/ip"
          mono
          maxLength={45}
          placeholder="203.0.113.7"
          hint={ip !== '' && !isIp(ip) ? texts.ipBad : undefined}
          value={ip}
          onChange={(next) => {
            setIp(next);
            if (next !== '' && !isIp(next)) return;
            setKnown(next);
            set({ ip: next }, { replace: true });
          }}
        />
        <DateTimeField
          label={texts.signedIn}
          pointer="/signed_in_at"
          value={values.signed_in_at}
          onChange={(signed_in_at) => set({ signed_in_at }, { replace: true })}
        />
      </div>
    </fieldset>
  );
}
