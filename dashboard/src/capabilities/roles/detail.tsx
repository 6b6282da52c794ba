/** One role: what it gives, and when. */

import { useNavigate, useParams } from '@tanstack/react-router';
import { Ellipsis, Grid3x3, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { Badge, Id, Time } from '../../ui/display.tsx';
import { Unsaved } from '../../ui/leaving.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageOf } from '../../ui/page-of.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { useName } from '../log/objects.ts';
import { Activity } from '../log/recent.tsx';
import { ConditionsCard } from './conditions-editor.tsx';
import { type Role, useRole } from './data.ts';
import { Holders } from './holders.tsx';
import { PermissionsCard } from './permissions-editor.tsx';
import { ProfileCard } from './profile.tsx';
import './roles.css';

const texts = messages('role', {
  role: 'Role',
  builtIn: 'Built in',
  project: 'Project',
  tenant: 'Of one tenant',
  fixed: 'This is one of Carcosa’s own roles: it cannot be changed or deleted. To give something else, create a role that starts from it.',
  create: 'Create a role',
  details: 'Details',
  key: 'Key',
  id: 'Id',
  appliesIn: 'Applies in',
  everywhere: 'Every tenant of the project',
  holders: 'Held',
  created: 'Created',
  updated: 'Last changed',
  more: 'More actions',
  matrix: 'Compare in the matrix',
  members: 'Members with this role',
  remove: 'Delete…',
  removeTitle: (name: string) => `Delete the role ${name}?`,
  removeWhat: 'Nobody can be given it any more. The server refuses while a membership or a pending invitation names it: give those another role first.',
  removeYes: 'Delete role',
  removed: (name: string) => `The role ${name} is deleted.`,
});

export function RolePage() {
  const { role: id = '' } = useParams({ strict: false });
  const [{ tenant }] = useSearch({ tenant: '' });
  const query = useRole(id, tenant);
  return (
    <PageOf query={query} title={texts.role}>
      {(role) => <Shown role={role} />}
    </PageOf>
  );
}

function Shown({ role }: { role: Role }) {
  const { can } = useProject();
  const to = usePaths();
  const editable = can('role:update') && !role.built_in;
  const origin = role.built_in ? texts.builtIn : role.tenant_id === null ? texts.project : texts.tenant;
  return (
    <Page
      title={role.name}
      badge={<Badge tone={role.built_in ? 'mute' : 'info'}>{origin}</Badge>}
      note={role.description ?? undefined}
      actions={<Actions role={role} />}
    >
      {role.built_in ? (
        <Note>
          {texts.fixed} {can('role:create') ? <AppLink href={to.roles({ new: 1 })}>{texts.create}</AppLink> : null}
        </Note>
      ) : null}
      <Unsaved>
        <div className="columns" style={{ '--first': '7fr', '--second': '5fr' } as never}>
          <PermissionsCard role={role} editable={editable} />
          <div className="stack">
            <ConditionsCard role={role} editable={editable} />
            {editable ? <ProfileCard role={role} /> : null}
            <Details role={role} />
          </div>
        </div>
      </Unsaved>
      {role.built_in ? null : <Activity targetId={role.id} {...(role.tenant_id ? { tenantId: role.tenant_id } : {})} />}
    </Page>
  );
}

function Details({ role }: { role: Role }) {
  const to = usePaths();
  const tenant = role.tenant_id;
  const name = useName(tenant ? { kind: 'tenant', id: tenant } : undefined);
  return (
    <Card title={texts.details}>
      <Facts
        facts={[
          [texts.key, <Id key="k" id={role.key} what={texts.key} />],
          [texts.id, <Id key="i" id={role.id} />],
          [texts.appliesIn, tenant ? <AppLink href={to.tenant(tenant, 'roles')}>{name}</AppLink> : texts.everywhere],
          [texts.holders, tenant ? <Holders role={role} tenant={tenant} /> : undefined],
          [texts.created, role.built_in ? undefined : <Time key="c" at={role.created_at} />],
          [texts.updated, role.built_in ? undefined : <Time key="u" at={role.updated_at} />],
        ]}
      />
    </Card>
  );
}

function Actions({ role }: { role: Role }) {
  const { can } = useProject();
  const to = usePaths();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const tenant = role.tenant_id;
  const roles = tenant ? to.tenant(tenant, 'roles') : to.roles();
  const headers = ifMatch(role.version);
  const remove = useAction<void, unknown>({
    run: (api) =>
      tenant
        ? api.DELETE('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role: role.id } }, headers })
        : api.DELETE('/v1/roles/{role}', { params: { path: { role: role.id } }, headers }),
    refresh: ['roles'],
    said: () => texts.removed(role.name),
    ends: role.id,
    done: () => void navigate({ to: roles, replace: true, ignoreBlocker: true }),
    failure: 'caller',
  });
  const close = () => {
    remove.reset();
    setAsking(false);
  };
  const groups = [
    [
      { text: texts.matrix, icon: <Grid3x3 aria-hidden />, href: roles },
      ...(tenant && can('member:read')
        ? [{ text: texts.members, icon: <Users aria-hidden />, href: to.tenant(tenant, 'members', { role: role.key }) }]
        : []),
    ],
    can('role:delete') && !role.built_in
      ? [{ text: texts.remove, icon: <Trash2 aria-hidden />, tone: 'danger' as const, run: () => setAsking(true) }]
      : [],
  ];
  return (
    <>
      <Menu trigger={<Button square aria-label={texts.more} />} groups={groups}>
        <Ellipsis aria-hidden />
      </Menu>
      <Ask
        open={asking}
        onClose={close}
        title={texts.removeTitle(role.name)}
        yes={texts.removeYes}
        word={role.key}
        busy={remove.isPending}
        error={remove.error}
        run={() => remove.mutate()}
      >
        <p>{texts.removeWhat}</p>
        {tenant ? <Holders role={role} tenant={tenant} /> : null}
      </Ask>
    </>
  );
}
