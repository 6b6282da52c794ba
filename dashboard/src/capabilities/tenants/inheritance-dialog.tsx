/** Changes how a tenant's plan or branding is decided, and its own value. */

import type { Schemas } from '@carcosa/client';
import { useState } from 'react';
import { useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import { BrandingFields } from './branding.tsx';
import { checkBranding, checkPlan } from './check.ts';
import { brandingOf, valuesOf } from './patch.ts';
import type { Inheritable } from './source.tsx';
import { PlanField } from './tenant-fields.tsx';
import { type Tenant, useTenant } from './tenant.tsx';

type Mode = Schemas['InheritanceMode'];

const texts = messages('tenant-inheritance-dialog', {
  titles: { plan: 'Plan', branding: 'Branding' } satisfies Record<Inheritable, string>,
  mode: 'What holds for this tenant',
  modes: { inherit: 'What its parent has', override: 'Its own value', lock: 'Its own value, locked for all below' } satisfies Record<Mode, string>,
  hints: {
    inherit: 'It follows its parent from now on.',
    override: 'Tenants below that inherit follow it; those with their own value keep theirs.',
    lock: 'All tenants below get this value, also those with their own: theirs comes back when the lock goes.',
  } satisfies Record<Mode, string>,
  rootInherit: 'It has no parent, so its own value holds until it gets one.',
  locked: 'A tenant above locks this value. What you set here is kept, and has an effect once that lock is gone.',
  save: 'Save',
});

export function useTenantChange(done?: () => void) {
  return useAction<{ tenant: Tenant; body: Schemas['UpdateTenant'] }, Tenant>({
    run: (api, { tenant, body }) =>
      api.PATCH('/v1/tenants/{tenant}', { params: { path: { tenant: tenant.id } }, body, headers: { 'If-Match': `"${tenant.version}"` } }),
    refresh: ['tenants', 'stats', 'audit'],
    failure: 'caller',
    ...(done ? { done } : {}),
  });
}

export function InheritanceDialog({ value, onClose }: { value: Inheritable; onClose: () => void }) {
  const { tenant } = useTenant();
  // What is edited is the tenant as it was shown: if someone else changes it meanwhile, the server says so.
  const [first] = useState(tenant);
  const [refused, setRefused] = useState(false);
  // After a refusal one has been told to look at the new state.
  const shown = refused ? tenant : first;
  const change = useTenantChange(onClose);
  const present = shown.inheritance[value];
  const { plan, primaryColor, accentColor, logoUrl } = valuesOf(shown);
  const form = useForm({
    initial: { mode: (present?.mode ?? 'inherit') as Mode, plan, primaryColor, accentColor, logoUrl },
    check: (values) => (values.mode === 'inherit' ? {} : value === 'plan' ? { '/plan': checkPlan(values.plan) } : checkBranding(values)),
    send: async (values) => {
      const own: Schemas['UpdateTenant'] =
        values.mode === 'inherit' ? {} : value === 'plan' ? { plan: values.plan.trim() } : { branding: brandingOf(values) ?? {} };
      try {
        await change.mutateAsync({ tenant: shown, body: { ...own, inheritance: { [value]: values.mode } } });
      } catch (error) {
        setRefused(true);
        throw error;
      }
    },
  });
  const { mode } = form.values;
  return (
    <Dialog open onClose={onClose} title={texts.titles[value]} dirty={form.dirty}>
      <Form form={form} inDialog action={texts.save} onCancel={onClose}>
        {present?.locked ? <Note tone="warn">{texts.locked}</Note> : null}
        <SelectField<Mode>
          label={texts.mode}
          pointer={`/inheritance/${value}`}
          hint={mode === 'inherit' && !shown.parent_id ? texts.rootInherit : texts.hints[mode]}
          value={mode}
          choices={(['inherit', 'override', 'lock'] as const).map((one) => ({ value: one, text: texts.modes[one] }))}
          onChange={(next) => form.set('mode', next)}
        />
        {mode === 'inherit' ? null : value === 'plan' ? (
          <PlanField value={form.values.plan} onChange={(text) => form.set('plan', text)} />
        ) : (
          <BrandingFields name={shown.name} values={form.values} set={(field, text) => form.set(field, text)} />
        )}
      </Form>
    </Dialog>
  );
}
