/** The organizations of a tenant. */

import type { Schemas } from '@carcosa/client';
import { Network } from 'lucide-react';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { CreateButton } from '../../ui/create-button.tsx';
import { Time } from '../../ui/display.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { CreateOrganization } from './form.tsx';
import { OrganizationPanel } from './panel.tsx';

export type Organization = Schemas['Organization'];

const texts = messages('organizations', {
  title: 'Organizations',
  intro: 'Departments, offices or branches inside this tenant. A membership or invitation can be limited to one of them.',
  create: 'Create organization',
  none: 'No organizations',
  noneHint: 'Divide the tenant into departments, offices or branches, so that members can be limited to one of them. Small tenants need none.',
  name: 'Name',
  description: 'Description',
  created: 'Created',
});

const columns: Column<Organization>[] = [
  { key: 'name', head: texts.name, width: 'minmax(10rem, 1.5fr)', cell: (one) => one.name },
  { key: 'description', head: texts.description, width: 'minmax(8rem, 3fr)', hide: 'sm', cell: (one) => one.description ?? <span className="dim">–</span> },
  { key: 'created', head: texts.created, width: '8rem', align: 'end', cell: (one) => <Time at={one.created_at} /> },
];

export function TenantOrganizations() {
  const { tenant, to } = useTenant();
  const { can } = useProject();
  const [{ new: creating, open }, set] = useSearch({ new: '', open: '' });
  const list = useList<Organization>(['organizations', tenant.id], (api, after, signal) =>
    api.GET('/v1/tenants/{tenant}/organizations', {
      params: { path: { tenant: tenant.id }, query: { limit: 50, after } },
      signal,
    }),
  );
  const allowed = can('organization:create') && tenant.status !== 'deleted';
  const create = (tone: 'primary' | 'plain') => (
    <CreateButton tone={tone} onClick={() => set({ new: '1' })}>{texts.create}</CreateButton>
  );
  const opened = list.items.find((one) => one.id === open);
  return (
    <div className="stack">
      <div className="row" data-apart>
        <p className="dim grow">{texts.intro}</p>
        {allowed && list.items.length > 0 ? create('primary') : null}
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={columns}
        idOf={(one) => one.id}
        nameOf={(one) => one.name}
        href={(one) => to.tenant(tenant.id, 'organizations', { open: one.id })}
        current={open || undefined}
        empty={
          <Empty icon={<Network aria-hidden />} title={texts.none} action={allowed ? create('plain') : null}>
            {texts.noneHint}
          </Empty>
        }
      />
      {creating && allowed ? <CreateOrganization onClose={() => set({ new: '' })} /> : null}
      {open && opened ? <OrganizationPanel organization={opened} onClose={() => set({ open: '' })} /> : null}
    </div>
  );
}
