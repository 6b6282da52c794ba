/** Whose a key or an endpoint is: the project's, or one tenant's. */

import { useMemo, useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';
import { useOneTenant, useTenantOptions } from '../tenants/reading.ts';

const texts = messages('owner', {
  project: 'Project',
  label: 'Whose',
  placeholder: 'Of the project; type for a tenant',
});

/** The tenant that owns something; nothing is read for what is the project's. */
export const useOwner = (tenant: string | null | undefined) => useOneTenant(tenant ?? undefined);

/** The owner's name as a link. */
export function Owner({ tenant, tab = 'overview' }: { tenant: string | null | undefined; tab?: 'overview' | 'keys' | 'webhooks' }) {
  const to = usePaths();
  const { can } = useProject();
  const owner = useOwner(can('tenant:read') ? tenant : undefined);
  if (!tenant) return <span className="dim">{texts.project}</span>;
  return (
    <AppLink href={to.tenant(tenant, tab)} className="above">
      {owner.data?.name ?? <code>{tenant}</code>}
    </AppLink>
  );
}

/** Chooses a tenant to look into; nothing chosen is the project itself. */
export function OwnerPicker({ id, value, onChange }: { id: string; value: string; onChange: (tenant: string) => void }) {
  const [text, setText] = useState('');
  const known = useOwner(value || undefined);
  const name = known.data?.name ?? value;
  // The same object while it is the same tenant: another one would write its name over what is typed.
  const chosen = useMemo<Option | null>(() => (value ? { value, text: name } : null), [value, name]);
  const { options, searching } = useTenantOptions(text, chosen);
  return (
    <div className="table-bar-picker">
      <label htmlFor={id} className="hidden-visually">
        {texts.label}
      </label>
      <Picker
        control={{ id, 'aria-invalid': undefined, 'aria-describedby': undefined, disabled: false }}
        value={chosen}
        onChange={(next) => onChange(next?.value ?? '')}
        options={options}
        find={(typed) => {
          setText(typed);
          if (typed === '' && value) onChange('');
        }}
        searching={searching}
        placeholder={texts.placeholder}
      />
    </div>
  );
}
