/** One organization beside the list. */

import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ifMatch, useAction, useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask, Panel } from '../../ui/dialog.tsx';
import { Id, Json, Time } from '../../ui/display.tsx';
import { Facts } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { Activity } from '../log/recent.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { EditOrganization } from './form.tsx';
import type { Organization } from './list.tsx';

const texts = messages('organization-panel', {
  id: 'Id',
  description: 'Description',
  created: 'Created',
  changed: 'Last changed',
  settings: 'Settings',
  edit: 'Edit',
  remove: 'Delete organization',
  removeShort: 'Delete',
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: 'It is deleted for good, with its settings.',
  inUse: (count: number, more: boolean) =>
    `${more ? `More than ${counted(count, 'membership is', 'memberships are')}` : counted(count, 'membership is', 'memberships are')} limited to it. Change or remove them first: until then it cannot be deleted.`,
  unused: 'No membership is limited to it.',
  invitations: 'Pending invitations that are limited to it must be revoked first.',
  said: (name: string) => `${name} is deleted`,
});

export function OrganizationPanel({ organization, onClose }: { organization: Organization; onClose: () => void }) {
  const { tenant } = useTenant();
  const { can } = useProject();
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const alive = tenant.status !== 'deleted';
  return (
    <Panel
      open
      onClose={onClose}
      title={organization.name}
      foot={
        <>
          {alive && can('organization:delete') ? (
            <Button tone="danger" icon={<Trash2 aria-hidden />} onClick={() => setOpen('delete')}>
              {texts.removeShort}
            </Button>
          ) : null}
          {alive && can('organization:update') ? (
            <Button icon={<Pencil aria-hidden />} onClick={() => setOpen('edit')}>
              {texts.edit}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="stack">
        <Facts
          facts={[
            [texts.description, organization.description],
            [texts.id, <Id key="id" id={organization.id} />],
            [texts.created, <Time key="created" at={organization.created_at} />],
            [texts.changed, <Time key="changed" at={organization.updated_at} />],
          ]}
        />
        <h3>{texts.settings}</h3>
        <Json value={organization.settings} label={texts.settings} />
        <Activity targetId={organization.id} tenantId={tenant.id} />
      </div>
      {open === 'edit' ? <EditOrganization organization={organization} onClose={() => setOpen(undefined)} /> : null}
      {open === 'delete' ? <RemoveOrganization organization={organization} onClose={() => setOpen(undefined)} done={onClose} /> : null}
    </Panel>
  );
}

function RemoveOrganization({ organization, onClose, done }: { organization: Organization; onClose: () => void; done: () => void }) {
  const { tenant } = useTenant();
  const remove = useAction<void, unknown>({
    run: (api) =>
      api.DELETE('/v1/tenants/{tenant}/organizations/{organization}', {
        params: { path: { tenant: tenant.id, organization: organization.id } },
        headers: ifMatch(organization.version),
      }),
    refresh: ['organizations', 'tenants', 'audit'],
    failure: 'caller',
    said: () => texts.said(organization.name),
    done,
  });
  return (
    <Ask
      open
      onClose={onClose}
      title={texts.removeTitle(organization.name)}
      yes={texts.remove}
      word={organization.name}
      run={() => remove.mutate()}
      busy={remove.isPending}
      error={remove.error}
    >
      <p>{texts.removeText}</p>
      <Use organization={organization} />
    </Ask>
  );
}

/** Who is limited to it, as far as one page of the list tells. */
function Use({ organization }: { organization: Organization }) {
  const allowed = useProject().can('member:read');
  const members = useRead(
    ['members', organization.tenant_id, 'of', organization.id],
    (api, signal) =>
      api.GET('/v1/tenants/{tenant}/members', {
        params: { path: { tenant: organization.tenant_id }, query: { organization_id: organization.id, limit: 100 } },
        signal,
      }),
    { enabled: allowed },
  );
  if (!members.data) return <p>{texts.invitations}</p>;
  const { data, page } = members.data;
  if (data.length > 0) return <Note tone="warn">{texts.inUse(data.length, page.has_more)}</Note>;
  return (
    <p>
      {texts.unused} {texts.invitations}
    </p>
  );
}
