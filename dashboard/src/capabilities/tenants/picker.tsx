/** Choosing a tenant by typing a part of its name, slug or external id. */

import { type ReactNode, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Field } from '../../ui/form.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';
import { useTenantOptions } from './reading.ts';

const texts = messages('tenant-picker', { placeholder: 'Name, slug or external id' });

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
  const { options, searching } = useTenantOptions(typed, value);
  return (
    <Field label={label} pointer={pointer} hint={hint} optional={optional}>
      {(control) => (
        <Picker
          control={control}
          value={value}
          onChange={onChange}
          options={options.filter((one) => one.value !== except)}
          find={setTyped}
          searching={searching}
          placeholder={texts.placeholder}
        />
      )}
    </Field>
  );
}
