import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { SelectField, TextField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { Tokens } from '../../ui/picker.tsx';
import { PartCard, type PartProps, type Patch, type StoredProject, usePart, wholeNumber } from './part.tsx';

const texts = messages('settings-tenants', {
  title: 'New tenants',
  note: 'What holds when a tenant is created. Tenants that exist stay as they are.',
  plan: 'Plan',
  planHint: 'Of a tenant that names none and has no parent.',
  planRule: 'Small letters, digits, “-” and “_”, beginning with a letter or digit.',
  status: 'Status',
  statuses: { active: 'Active', pending: 'Pending' },
  statusHints: {
    active: 'In use at once.',
    pending: 'Waits until someone activates it. Until then its people and keys are let in nowhere.',
  },
  reserved: 'Reserved short names',
  reservedHint:
    'No tenant may take these, nor what reads like them. Names such as “admin”, “api” and “mail” are reserved everywhere. Tenants that have one already keep it.',
  reservedRule: (word: string) => `“${word}” is no short name: 1 to 63 small letters, digits and “-”, with a letter or digit at both ends.`,
  reservedAdd: 'Type a name, then Enter',
  most: 'Tenants one user can be a member of',
  mostHint: 'Users who are in more keep their memberships, and join no further tenant.',
});

const SLUG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

interface Values {
  plan: string;
  status: Schemas['InitialStatus'];
  reserved: string[];
  most: string;
}

const wrongSlug = (words: readonly string[]): string | undefined => {
  const wrong = words.find((word) => !SLUG.test(word));
  return wrong === undefined ? undefined : texts.reservedRule(wrong);
};

const read = ({ settings }: StoredProject): Values => ({
  plan: settings.default_plan,
  status: settings.initial_status,
  reserved: settings.reserved_slugs,
  most: String(settings.max_tenants_per_user),
});

const patch = (values: Values, before: Values): Patch => ({
  settings: {
    ...(values.plan === before.plan ? {} : { default_plan: values.plan.trim() }),
    ...(values.status === before.status ? {} : { initial_status: values.status }),
    ...(values.reserved.join(' ') === before.reserved.join(' ') ? {} : { reserved_slugs: values.reserved }),
    ...(values.most === before.most ? {} : { max_tenants_per_user: Number(values.most) }),
  },
});

const check = ({ plan, most, reserved }: Values) => ({
  '/settings/reserved_slugs': wrongSlug(reserved),
  '/settings/default_plan': /^[a-z0-9][a-z0-9_-]{0,63}$/.test(plan.trim()) ? undefined : texts.planRule,
  '/settings/max_tenants_per_user': wholeNumber(most, 1, 1000),
});

export function Tenants({ stored }: PartProps) {
  const merge = usePart<Values>({ stored, read, patch, check });
  const { values, set } = merge.form;
  return (
    <PartCard
      title={texts.title}
      note={texts.note}
      merge={merge}
      names={{ plan: texts.plan, status: texts.status, reserved: texts.reserved, most: texts.most }}
    >
      <div className="fields-2">
        <TextField
          label={texts.plan}
          pointer="/settings/default_plan"
          hint={texts.planHint}
          mono
          maxLength={64}
          value={values.plan}
          onChange={(plan) => set('plan', plan)}
        />
        <SelectField
          label={texts.status}
          pointer="/settings/initial_status"
          hint={texts.statusHints[values.status]}
          value={values.status}
          choices={(['active', 'pending'] as const).map((value) => ({ value, text: texts.statuses[value] }))}
          onChange={(status) => set('status', status)}
        />
      </div>
      <Field label={texts.reserved} pointer="/settings/reserved_slugs" hint={texts.reservedHint}>
        {(control) => (
          <Tokens
            control={control}
            values={values.reserved}
            placeholder={texts.reservedAdd}
            onChange={(words) => set('reserved', words.map((word) => word.toLowerCase()))}
          />
        )}
      </Field>
      <TextField
        label={texts.most}
        pointer="/settings/max_tenants_per_user"
        hint={texts.mostHint}
        inputMode="numeric"
        value={values.most}
        onChange={(most) => set('most', most)}
      />
    </PartCard>
  );
}
