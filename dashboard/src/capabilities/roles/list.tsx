/** Roles of the project, and those of one tenant: as a matrix of permissions, and as a list. */

import { Tabs } from '@base-ui/react/tabs';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { CreateButton } from '../../ui/create-button.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Leaving } from '../../ui/leaving.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Loaded } from '../../ui/states.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { CreateRole } from './create.tsx';
import { type Permission, type Role, holdable, useAllRoles, usePermissions } from './data.ts';
import { useEdits } from './edits.ts';
import { Matrix } from './matrix.tsx';
import { EditBar, Review } from './review.tsx';
import { lines, matching } from './scopes.ts';
import { RoleTable } from './table.tsx';

const texts = messages('roles', {
  title: 'Roles',
  note: 'What people may do in their tenants. Every tenant has these roles; a tenant can add its own.',
  tenantNote: 'The roles that apply in this tenant. Those of the project are changed for all tenants at once:',
  projectRoles: 'Roles of the project',
  create: 'Create role',
  matrix: 'Matrix',
  list: 'List',
  views: 'How roles are shown',
  search: 'Filter permissions',
  nothing: 'No permission matches',
  nothingHint: 'Search for a noun such as key, a verb such as create, or a word of the description.',
});

const DEFAULTS = { view: 'matrix', q: '', new: '' };

export function Roles() {
  return (
    <RolesOf
      frame={(parts) => (
        <Page title={texts.title} note={texts.note} actions={parts.create}>
          {parts.body}
        </Page>
      )}
    />
  );
}

export function TenantRoles() {
  const { tenant, to } = useTenant();
  return (
    <RolesOf
      tenant={tenant.id}
      frame={(parts) => (
        <div className="stack">
          <div className="row" data-apart>
            <p className="dim grow">
              {texts.tenantNote} <AppLink href={to.roles()}>{texts.projectRoles}</AppLink>
            </p>
            {parts.create}
          </div>
          {parts.body}
        </div>
      )}
    />
  );
}

interface Parts {
  create: ReactNode;
  body: ReactNode;
}

function RolesOf({ tenant, frame }: { tenant?: string; frame: (parts: Parts) => ReactNode }) {
  const { can } = useProject();
  const to = usePaths();
  const navigate = useNavigate();
  const [search, set] = useSearch(DEFAULTS);
  const roles = useAllRoles(tenant);
  const permissions = usePermissions();
  const hrefOf = (role: Role) => to.role(role.id, { tenant: role.tenant_id ?? undefined });
  const create = can('role:create') ? (
    <CreateButton onClick={() => set({ new: '1' })}>{texts.create}</CreateButton>
  ) : null;
  const body = (
    <div className="stack">
      <Loaded query={roles} lines={8}>
        {(found) => (
          <Loaded query={permissions} lines={8}>
            {(registry) => (
              <Views
                tenant={tenant}
                view={search.view}
                q={search.q}
                set={set}
                roles={found}
                permissions={registry.data}
                hrefOf={hrefOf}
              />
            )}
          </Loaded>
        )}
      </Loaded>
      {search.new === '1' && can('role:create') ? (
        <CreateRole
          tenant={tenant}
          roles={roles.data ?? []}
          onClose={() => set({ new: '' }, { replace: true })}
          onCreated={(role) => void navigate({ href: hrefOf(role), replace: true })}
        />
      ) : null}
    </div>
  );
  return frame({ create, body });
}

interface ViewsProps {
  tenant: string | undefined;
  view: string;
  q: string;
  set: SetSearch<'view' | 'q'>;
  roles: readonly Role[];
  permissions: readonly Permission[];
  hrefOf: (role: Role) => string;
}

/** Both views over the same changes: going from one to the other loses nothing. */
function Views({ tenant, view, q, set, roles, permissions, hrefOf }: ViewsProps) {
  const { can } = useProject();
  const state = useEdits(roles);
  const [reviewing, setReviewing] = useState(false);
  const all = useMemo(() => lines(holdable(permissions)), [permissions]);
  const shown = useMemo(() => matching(all, q), [all, q]);
  const editable = (role: Role) => can('role:update') && !role.built_in && role.tenant_id === (tenant ?? null);
  return (
    <>
      <Tabs.Root className="stack" value={view === 'list' ? 'list' : 'matrix'} onValueChange={(next: string) => set({ view: next })}>
        <Tabs.List className="tabs" aria-label={texts.views}>
          <Tabs.Tab className="tab" value="matrix">
            {texts.matrix}
          </Tabs.Tab>
          <Tabs.Tab className="tab" value="list">
            {texts.list}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="list">
          <RoleTable roles={roles} hrefOf={hrefOf} permissions={permissions} />
        </Tabs.Panel>
        <Tabs.Panel value="matrix" className="stack">
          <div className="table-bar">
            <SearchField label={texts.search} value={q} onChange={(next) => set({ q: next }, { replace: true })} />
          </div>
          {shown.length === 0 ? (
            <div className="card">
              <Empty title={texts.nothing}>{texts.nothingHint}</Empty>
            </div>
          ) : (
            <Matrix lines={shown} roles={roles} editable={editable} hrefOf={hrefOf} state={state} tenant={tenant} />
          )}
        </Tabs.Panel>
      </Tabs.Root>
      <EditBar state={state} review={() => setReviewing(true)} />
      {reviewing && state.edits.size > 0 ? (
        <Review state={state} roles={roles} tenant={tenant} onClose={() => setReviewing(false)} />
      ) : null}
      <Leaving dirty={state.edits.size > 0} />
    </>
  );
}
