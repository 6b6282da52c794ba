/** Roles in projects, as rows of project and role. */

import { Plus, X } from 'lucide-react';
import { useProjects } from '../../app/projects.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { Select } from '../../ui/menu.tsx';
import { type Grant, type PlatformRole, platformChoices, platformHint, projectRoleChoices } from './words.ts';
import './operators.css';

const texts = messages('grants', {
  platform: 'In the whole installation',
  label: 'In single projects',
  project: 'Project',
  role: 'Role',
  add: 'Add a project',
  remove: (name: string) => `Remove ${name}`,
  needless: 'A super admin may do everything in every project anyway.',
  none: 'No role in a project.',
});

/** Most that the server takes. */
const MOST = 100;

export interface Roles {
  platform_role: PlatformRole | '';
  project_roles: Grant[];
}

export function RolesFields({
  values,
  setPlatform,
  setProjects,
}: {
  values: Roles;
  setPlatform: (role: Roles['platform_role']) => void;
  setProjects: (grants: Grant[]) => void;
}) {
  return (
    <>
      <SelectField
        label={texts.platform}
        pointer="/platform_role"
        hint={platformHint(values.platform_role)}
        value={values.platform_role}
        choices={platformChoices()}
        onChange={setPlatform}
      />
      <Field label={texts.label} pointer="/project_roles" hint={values.platform_role === 'super_admin' ? texts.needless : undefined}>
        {() => <Grants grants={values.project_roles} change={setProjects} />}
      </Field>
    </>
  );
}

function Grants({ grants, change }: { grants: readonly Grant[]; change: (grants: Grant[]) => void }) {
  const projects = useProjects().data ?? [];
  const free = projects.filter((project) => !grants.some((grant) => grant.project_id === project.id));
  const nameOf = (id: string) => projects.find((one) => one.id === id)?.name ?? id;
  const replace = (at: number, next: Grant) => change(grants.map((grant, index) => (index === at ? next : grant)));
  return (
    <div className="grants">
      {grants.length === 0 ? <p className="dim small">{texts.none}</p> : null}
      {grants.map((grant, at) => (
        <div className="grant" key={at}>
          <Select
            label={texts.project}
            value={grant.project_id}
            choices={[{ value: grant.project_id, text: nameOf(grant.project_id) }, ...free.map((one) => ({ value: one.id, text: one.name }))]}
            onChange={(id) => replace(at, { ...grant, project_id: id })}
          />
          <Select label={texts.role} value={grant.role} choices={projectRoleChoices()} onChange={(role) => replace(at, { ...grant, role })} />
          <Button
            tone="quiet"
            square
            aria-label={texts.remove(nameOf(grant.project_id))}
            onClick={() => change(grants.filter((_, index) => index !== at))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
      <div>
        <Button
          size="sm"
          icon={<Plus aria-hidden />}
          disabled={free.length === 0 || grants.length >= MOST}
          onClick={() => free[0] && change([...grants, { project_id: free[0].id, role: 'viewer' }])}
        >
          {texts.add}
        </Button>
      </div>
    </div>
  );
}
