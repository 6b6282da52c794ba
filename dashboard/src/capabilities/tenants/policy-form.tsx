/** The form of a security policy. It says before saving whom the change shuts out. */

import { ok } from '@carcosa/client';
import type { ReactNode } from 'react';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Checkbox, SelectField, Switch, TextField } from '../../ui/fields.tsx';
import { Field, Form, type FormState } from '../../ui/form.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { Tokens } from '../../ui/picker.tsx';
import { Note } from '../../ui/states.tsx';
import { LONGEST, METHODS, type Policy, type PolicyValues, SHORTEST, type Unit, methodText, policyPatch, policyValues, secondsOf, shutsOut } from './policy.ts';
import { useDependents } from './reading.ts';
import { useTenant } from './tenant.tsx';

const texts = messages('policy-form', {
  title: 'Security policy',
  mfa: 'Require a second factor',
  mfaHint: 'People must have signed in with one, such as an authenticator app. Your application says so when it makes tokens (mfa: true).',
  methods: 'Limit the ways of signing in',
  methodsHint: 'People must have signed in one of these ways. Your application says which when it makes tokens (method).',
  methodsLabel: 'Allowed ways',
  session: 'Limit how long a sign-in lasts',
  sessionHint: 'After this time people must sign in again, however busy they are.',
  length: 'Sign in again after',
  unit: 'Unit',
  units: { minutes: 'minutes', hours: 'hours', days: 'days' } satisfies Record<Unit, string>,
  addresses: 'Limit addresses',
  addressesHint: 'People and the tenant’s keys may only come from these addresses and networks.',
  addressesLabel: 'Allowed addresses and networks',
  addressesField: 'IPv4 or IPv6, such as 203.0.113.7 or 203.0.113.0/24. At most 200.',
  save: 'Save policy',
  needsMethod: 'Choose at least one way, or do not limit them.',
  badLength: 'Between 5 minutes and 90 days.',
  needsAddress: 'Name at least one address, or do not limit them.',
  consequences: 'When you save this:',
  names: {
    mfa: 'Second factor required',
    limitsMethods: 'Ways of signing in limited',
    methods: 'Ways of signing in',
    limitsSession: 'Session limited',
    length: 'Length of the session',
    unit: 'Unit',
    limitsAddresses: 'Addresses limited',
    addresses: 'Addresses',
  } satisfies Record<keyof PolicyValues, string>,
  said: 'The policy holds from now on',
});

function check(values: PolicyValues): Record<string, string | undefined> {
  const seconds = secondsOf(values);
  return {
    '/sign_in_methods': values.limitsMethods && values.methods.length === 0 ? texts.needsMethod : undefined,
    '/max_session_seconds': values.limitsSession && !(seconds >= SHORTEST && seconds <= LONGEST) ? texts.badLength : undefined,
    '/allowed_ips': values.limitsAddresses && values.addresses.length === 0 ? texts.needsAddress : undefined,
  };
}

function usePolicyForm(policy: Policy) {
  const { api } = useProject();
  const { tenant } = useTenant();
  const params = { path: { tenant: tenant.id } };
  const change = useAction<{ over: Policy; values: PolicyValues }, Policy>({
    run: (at, { over, values }) =>
      at.PATCH('/v1/tenants/{tenant}/security-policy', { params, body: policyPatch(over, values), headers: ifMatch(over.version) }),
    refresh: ['security_policies', 'audit'],
    failure: 'caller',
    said: () => texts.said,
  });
  return useMergeForm<Policy, PolicyValues>({
    item: policy,
    read: policyValues,
    check,
    reload: () => ok(api.GET('/v1/tenants/{tenant}/security-policy', { params })),
    save: (values, over) => change.mutateAsync({ over, values }),
  });
}

export function PolicyForm({ policy }: { policy: Policy }) {
  const { tenant } = useTenant();
  const dependents = useDependents(tenant.id);
  const merge = usePolicyForm(policy);
  const { form, base } = merge;
  const counts = dependents.data ? { members: dependents.data.members, keys: dependents.data.keys_active } : {};
  const out = form.dirty ? shutsOut(base, policyPatch(base, form.values), counts) : [];
  return (
    <Card title={texts.title}>
      <Form form={form} action={texts.save}>
        <PolicyFields form={form} />
        {out.length > 0 ? (
          <Note tone="warn">
            <p className="strong">{texts.consequences}</p>
            <ul>
              {out.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </Note>
        ) : null}
        <Conflict merge={merge} names={texts.names} />
      </Form>
    </Card>
  );
}

/** A thing that can be asked: on or off, what it means, and what belongs to it when it is on. */
function Part({ label, hint, on, change, children }: { label: string; hint: string; on: boolean; change: (on: boolean) => void; children?: ReactNode }) {
  return (
    <div className="ten-setting-part">
      <div className="ten-setting">
        <div>
          <h3>{label}</h3>
          <p className="dim small">{hint}</p>
        </div>
        <Switch label={label} on={on} onChange={change} />
      </div>
      {on ? children : null}
    </div>
  );
}

function PolicyFields({ form }: { form: FormState<PolicyValues> }) {
  const { values, set } = form;
  return (
    <div className="stack ten-policy">
      <Part label={texts.mfa} hint={texts.mfaHint} on={values.mfa} change={(on) => set('mfa', on)} />
      <Part label={texts.methods} hint={texts.methodsHint} on={values.limitsMethods} change={(on) => set('limitsMethods', on)}>
        <Field label={texts.methodsLabel} pointer="/sign_in_methods">
          {(control) => (
            <div className="row" role="group" id={control.id} aria-describedby={control['aria-describedby']} style={{ '--gap': 'var(--space-4)' } as never}>
              {METHODS.map((method) => (
                <Checkbox
                  key={method}
                  label={methodText[method]}
                  checked={values.methods.includes(method)}
                  onChange={(on) => set('methods', on ? [...values.methods, method] : values.methods.filter((other) => other !== method))}
                />
              ))}
            </div>
          )}
        </Field>
      </Part>
      <Part label={texts.session} hint={texts.sessionHint} on={values.limitsSession} change={(on) => set('limitsSession', on)}>
        <div className="fields-2 ten-narrow">
          <TextField
            label={texts.length}
            pointer="/max_session_seconds"
            inputMode="numeric"
            maxLength={6}
            value={values.length}
            onChange={(value) => set('length', value.replaceAll(/[^0-9.]/g, ''))}
          />
          <SelectField<Unit>
            label={texts.unit}
            pointer="/unit"
            value={values.unit}
            choices={(['minutes', 'hours', 'days'] as const).map((unit) => ({ value: unit, text: texts.units[unit] }))}
            onChange={(unit) => set('unit', unit)}
          />
        </div>
      </Part>
      <Part label={texts.addresses} hint={texts.addressesHint} on={values.limitsAddresses} change={(on) => set('limitsAddresses', on)}>
        <Field label={texts.addressesLabel} pointer="/allowed_ips" hint={texts.addressesField}>
          {(control) => (
            <Tokens control={control} values={values.addresses} onChange={(addresses) => set('addresses', addresses)} placeholder="203.0.113.0/24" />
          )}
        </Field>
      </Part>
    </div>
  );
}
