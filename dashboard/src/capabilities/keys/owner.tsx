/** Whose a key or an endpoint is: the project's, or one tenant's. */

import { useMemo, useState } from 'react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { type ProjectPaths, projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';

const texts = messages('owner', {
  project: 'Project',
  label: 'Whose',
  placeholder: 'Of the project; type for a tenant',
});

/** Addresses in the project of the page. */
export function usePaths(): ProjectPaths {
  const { project } = useProject();
  return projectPaths(project.slug);
}

/** The tenant that owns something; nothing is read for what is the project's. */
export function useOwner(tenant: string | null | undefined) {
  return useRead(['tenants', tenant], (api, signal) => api.GET('/v1/tenants/{tenant}', { params: { path: { tenant: tenant ?? '' } }, signal }), {
    enabled: Boolean(tenant),
    staleTime: 60_000,
  });
}

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
  const found = useRead(
    ['tenants', 'pick', text],
    (api, signal) => api.GET('/v1/tenants', { params: { query: { limit: 20, ...(text ? { q: text } : {}) } }, signal }),
    { keep: true },
  );
  const options: Option[] = (found.data?.data ?? []).map((tenant) => ({ value: tenant.id, text: tenant.name, note: tenant.slug }));
  return (
    <div className="keys-owner">
      <label htmlFor={id} className="hidden-visually">
        {texts.label}
      </label>
      <Picker
        control={{ id, 'aria-invalid': undefined, 'aria-describedby': undefined, disabled: false }}
        value={chosen}
        onChange={(next) => onChange(next?.value ?? '')}
        options={options}
        // The chosen name in the field is no search.
        find={(typed) => {
          setText(typed === name ? '' : typed.slice(0, 200));
          if (typed === '' && value) onChange('');
        }}
        searching={found.isFetching}
        placeholder={texts.placeholder}
      />
    </div>
  );
}
