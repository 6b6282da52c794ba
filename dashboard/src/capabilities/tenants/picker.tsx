/** Choosing a tenant by typing a part of its name, slug or external id. */

import { type ReactNode, useState } from 'react';
import { useRead } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Field } from '../../ui/form.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';
import { useSettled } from './reading.ts';

const texts = messages('tenant-picker', { placeholder: 'Name, slug or external id', optional: 'optional' });

export function TenantPicker({
  label,
  pointer,
  hint,
  optional,
  value,
  onChange,
  except,
}: {
  label: string;
  pointer: string;
  hint?: ReactNode;
  optional?: boolean;
  value: Option | null;
  onChange: (value: Option | null) => void;
  /** A tenant that cannot be meant. */
  except?: string | undefined;
}) {
  const [typed, setTyped] = useState('');
  // What was chosen stands in the field as its name: that is no search.
  const wanted = useSettled(value && typed === value.text ? '' : typed.trim());
  const found = useRead(
    ['tenants', 'pick', wanted],
    (api, signal) => api.GET('/v1/tenants', { params: { query: { limit: 9, ...(wanted ? { q: wanted } : {}) } }, signal }),
    { keep: true, staleTime: 10_000 },
  );
  const options = (found.data?.data ?? [])
    .filter((one) => one.id !== except)
    .slice(0, 8)
    .map((one): Option => ({ value: one.id, text: one.name, note: one.slug }));
  return (
    <Field label={label} pointer={pointer} hint={hint} optional={optional ? texts.optional : undefined}>
      {(control) => (
        <Picker
          control={control}
          value={value}
          onChange={onChange}
          options={options}
          find={setTyped}
          searching={found.isFetching}
          placeholder={texts.placeholder}
        />
      )}
    </Field>
  );
}
