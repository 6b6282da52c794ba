/** Which role, and where it holds: fields that adding, changing and inviting share. */

import { messages } from '../../i18n/messages.ts';
import { Checkbox, SelectField } from '../../ui/fields.tsx';
import type { FormState } from '../../ui/form.tsx';
import { conditionWords } from '../roles/conditions.ts';
import { roleChoices, useAllRoles } from '../roles/data.ts';
import { useOrganizationChoices } from './data.ts';

const texts = messages('member-place', {
  role: 'Role',
  under: (conditions: string) => `Only with: ${conditions}.`,
  organization: 'Holds in',
  whole: 'The whole tenant',
  children: 'Also in the tenants below this one',
  childrenOwn: 'A role that this tenant made holds in this tenant alone.',
});

export interface PlaceValues {
  role: string;
  organization: string;
  children: boolean;
}

export function PlaceFields<Values extends PlaceValues>({
  tenant,
  form,
  reach = true,
}: {
  tenant: string;
  form: FormState<Values>;
  /** Whether it can hold in the tenants below: invitations cannot. */
  reach?: boolean;
}) {
  const values: PlaceValues = form.values;
  const change = (changes: Partial<PlaceValues>) => {
    for (const [name, value] of Object.entries(changes)) form.set(name as keyof Values, value as Values[keyof Values]);
  };
  const roles = useAllRoles(tenant);
  const organizations = useOrganizationChoices(tenant, texts.whole);
  const role = roles.data?.find((one) => one.key === values.role);
  const conditions = conditionWords(role?.conditions);
  const own = role !== undefined && role.tenant_id !== null;
  return (
    <>
      <SelectField
        label={texts.role}
        pointer="/role"
        value={values.role}
        choices={roleChoices(roles.data, values.role)}
        hint={
          role ? (
            <>
              {role.description} {conditions.length > 0 ? texts.under(conditions.join(', ')) : null}
            </>
          ) : undefined
        }
        onChange={(next) => change({ role: next })}
      />
      {organizations.any || values.organization !== '' ? (
        <SelectField
          label={texts.organization}
          pointer="/organization_id"
          value={values.organization}
          choices={organizations.choices}
          onChange={(organization) => change({ organization, ...(organization === '' ? {} : { children: false }) })}
        />
      ) : null}
      {reach && values.organization === '' ? <Below own={own} on={values.children} onChange={(children) => change({ children })} /> : null}
    </>
  );
}

function Below({ own, on, onChange }: { own: boolean; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <div className="field">
      <Checkbox label={texts.children} checked={on} disabled={own && !on} onChange={onChange} />
      {own ? <p className="field-hint">{texts.childrenOwn}</p> : null}
    </div>
  );
}
