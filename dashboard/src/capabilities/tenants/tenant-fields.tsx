/** Fields that creating and editing a tenant share. */

import { useId } from 'react';
import { messages } from '../../i18n/messages.ts';
import { SelectField, TextAreaField, TextField } from '../../ui/fields.tsx';
import { Field, type FormState } from '../../ui/form.tsx';
import { type Kind, kindText } from './lifecycle.ts';
import type { TenantValues } from './patch.ts';
import { usePlans } from './reading.ts';

const texts = messages('tenant-fields', {
  name: 'Name',
  kind: 'Kind',
  organizationHint: 'A company, school, agency',
  individualHint: 'One person',
  plan: 'Plan',
  region: 'Region',
  regionHint: 'Where its data should live.',
  externalId: 'External id',
  externalIdHint: 'The id your application knows it by. Unique in the project.',
  description: 'Description',
});

interface Props {
  form: Pick<FormState<TenantValues>, 'values' | 'set'>;
}

export function NameField({ form, autoFocus }: Props & { autoFocus?: boolean }) {
  return (
    <TextField
      label={texts.name}
      pointer="/name"
      required
      maxLength={200}
      autoFocus={autoFocus}
      value={form.values.name}
      onChange={(value) => form.set('name', value)}
    />
  );
}

export function KindField({ form }: Props) {
  return (
    <SelectField<Kind>
      label={texts.kind}
      pointer="/kind"
      value={form.values.kind}
      choices={[
        { value: 'organization', text: kindText.organization, note: texts.organizationHint },
        { value: 'individual', text: kindText.individual, note: texts.individualHint },
      ]}
      onChange={(value) => form.set('kind', value)}
    />
  );
}

/** Free text: a plan is what the application says it is. Those in use are suggested. */
export function PlanField({ value, onChange, hint, placeholder, optional }: { value: string; onChange: (value: string) => void; hint?: string | undefined; placeholder?: string | undefined; optional?: boolean }) {
  const plans = usePlans();
  const list = useId();
  return (
    <Field label={texts.plan} pointer="/plan" hint={hint} optional={optional}>
      {(control) => (
        <>
          <input
            className="input"
            list={list}
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
            placeholder={placeholder}
            {...control}
            value={value}
            onChange={(event) => onChange(event.target.value.toLowerCase())}
          />
          <datalist id={list}>
            {plans.map((plan) => (
              <option key={plan} value={plan} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

export function PlacementFields({ form }: Props) {
  return (
    <div className="fields-2">
      <TextField
        label={texts.region}
        pointer="/region"
        hint={texts.regionHint}
        optional
        maxLength={64}
        placeholder="eu-north"
        value={form.values.region}
        onChange={(value) => form.set('region', value.toLowerCase())}
      />
      <TextField
        label={texts.externalId}
        pointer="/external_id"
        hint={texts.externalIdHint}
        optional
        mono
        maxLength={128}
        value={form.values.externalId}
        onChange={(value) => form.set('externalId', value)}
      />
    </div>
  );
}

export function DescriptionField({ form }: Props) {
  return (
    <TextAreaField
      label={texts.description}
      pointer="/description"
      optional
      rows={2}
      value={form.values.description}
      onChange={(value) => form.set('description', value)}
    />
  );
}
