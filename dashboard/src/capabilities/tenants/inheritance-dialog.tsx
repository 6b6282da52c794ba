/** Changes how a tenant's plan or branding is decided, and its own value. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Conflict, plainly, useMergeForm } from '../../ui/merge-form.tsx';
import { Note } from '../../ui/states.tsx';
import { BrandingFields } from './branding.tsx';
import { useTenantChange } from './change.ts';
import { checkBranding, checkPlan } from './check.ts';
import { type TenantValues, brandingOf, valuesOf } from './patch.ts';
import type { Inheritable } from './source.tsx';
import { PlanField } from './tenant-fields.tsx';
import { type Tenant, useTenant } from './tenant.tsx';

type Mode = Schemas['InheritanceMode'];

type Values = { mode: Mode } & Pick<TenantValues, 'plan' | 'primaryColor' | 'accentColor' | 'logoUrl'>;

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
  names: {
    mode: 'What holds',
    plan: 'Plan',
    primaryColor: 'Main colour',
    accentColor: 'Second colour',
    logoUrl: 'Logo',
  } satisfies Record<keyof Values, string>,
});

/** What the dialog of one value shows: a change of the other does not concern it. */
function read(tenant: Tenant, value: Inheritable): Values {
  const { plan, primaryColor, accentColor, logoUrl } = valuesOf(tenant);
  const mode = tenant.inheritance[value]?.mode ?? 'inherit';
  return value === 'plan' ? { mode, plan, primaryColor: '', accentColor: '', logoUrl: '' } : { mode, plan: '', primaryColor, accentColor, logoUrl };
}

/** What is sent: the mode, and the own value where there is one. */
function patchOf(values: Values, value: Inheritable): Schemas['UpdateTenant'] {
  const inheritance = { [value]: values.mode };
  if (values.mode === 'inherit') return { inheritance };
  return value === 'plan' ? { plan: values.plan.trim(), inheritance } : { branding: brandingOf(values) ?? {}, inheritance };
}

export function InheritanceDialog({ value, onClose }: { value: Inheritable; onClose: () => void }) {
  const { tenant } = useTenant();
  const { save, reload } = useTenantChange(tenant.id);
  const merge = useMergeForm<Tenant, Values>({
    item: tenant,
    read: (one) => read(one, value),
    check: (values) => (values.mode === 'inherit' ? {} : value === 'plan' ? { '/plan': checkPlan(values.plan) } : checkBranding(values)),
    reload,
    save: (values, over) => save(over, patchOf(values, value)),
    saved: onClose,
  });
  const { form } = merge;
  const { mode } = form.values;
  return (
    <Dialog open onClose={onClose} title={texts.titles[value]} dirty={form.dirty}>
      <Form form={form} inDialog action={texts.save} onCancel={onClose}>
        {tenant.inheritance[value]?.locked ? <Note tone="warn">{texts.locked}</Note> : null}
        <SelectField<Mode>
          label={texts.mode}
          pointer={`/inheritance/${value}`}
          hint={mode === 'inherit' && !tenant.parent_id ? texts.rootInherit : texts.hints[mode]}
          value={mode}
          choices={(['inherit', 'override', 'lock'] as const).map((one) => ({ value: one, text: texts.modes[one] }))}
          onChange={(next) => form.set('mode', next)}
        />
        {mode === 'inherit' ? null : value === 'plan' ? (
          <PlanField value={form.values.plan} onChange={(text) => form.set('plan', text)} />
        ) : (
          <BrandingFields name={tenant.name} values={form.values} set={(field, text) => form.set(field, text)} />
        )}
        <Conflict merge={merge} names={texts.names} show={(text, name) => (name === 'mode' ? texts.modes[text as Mode] : plainly(text))} />
      </Form>
    </Dialog>
  );
}
