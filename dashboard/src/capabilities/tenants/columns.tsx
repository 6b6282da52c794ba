/** The columns of the list of tenants. */

import { compact } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Time } from '../../ui/display.tsx';
import type { Column } from '../../ui/table.tsx';
import { kindText } from './lifecycle.ts';
import { StatusBadge, TenantAvatar } from './parts.tsx';
import type { Tenant } from './tenant.tsx';

const texts = messages('tenants-columns', {
  name: 'Name',
  status: 'Status',
  plan: 'Plan, kind',
  place: 'Region, external id',
  members: 'Members',
  created: 'Created',
  changed: 'Changed',
});

const dash = <span className="dim">–</span>;

function Name({ tenant }: { tenant: Tenant }) {
  return (
    <span className="tenant-cell">
      <TenantAvatar tenant={tenant} />
      <span className="ten-two-lines">
        <span>{tenant.name}</span>
        <span className="small dim">{tenant.slug}</span>
      </span>
    </span>
  );
}

function Place({ tenant: { region, external_id: externalId } }: { tenant: Tenant }) {
  if (!region && !externalId) return dash;
  return (
    <span className="ten-two-lines">
      <span>{region ?? dash}</span>
      {externalId ? <span className="small dim mono">{externalId}</span> : null}
    </span>
  );
}

const created: Column<Tenant> = {
  key: 'created',
  head: texts.created,
  width: '8rem',
  align: 'end',
  hide: 'sm',
  sort: { up: 'created_at', down: '-created_at' },
  cell: (tenant) => <Time at={tenant.created_at} />,
};

/** Whoever sorts by the last change wants to see when that was. */
const changed: Column<Tenant> = {
  ...created,
  key: 'updated',
  head: texts.changed,
  sort: { up: 'updated_at', down: '-updated_at' },
  cell: (tenant) => <Time at={tenant.updated_at} />,
};

export function columns(order: string): Column<Tenant>[] {
  return [
    {
      key: 'name',
      head: texts.name,
      width: 'minmax(9rem, 2.4fr)',
      sort: { up: 'name', down: '-name' },
      cell: (tenant) => <Name tenant={tenant} />,
    },
    { key: 'status', head: texts.status, width: '6.5rem', cell: (tenant) => <StatusBadge status={tenant.status} /> },
    {
      key: 'plan',
      head: texts.plan,
      width: 'minmax(6.5rem, 1fr)',
      hide: 'md',
      cell: (tenant) => (
        <span className="ten-two-lines">
          <span>{tenant.plan}</span>
          <span className="small dim">{kindText[tenant.kind]}</span>
        </span>
      ),
    },
    {
      key: 'place',
      head: texts.place,
      width: 'minmax(8rem, 1.2fr)',
      hide: 'lg',
      cell: (tenant) => <Place tenant={tenant} />,
    },
    {
      key: 'members',
      head: texts.members,
      width: '5rem',
      align: 'end',
      hide: 'md',
      cell: (tenant) => <span className="numeric">{tenant.counts ? compact(tenant.counts.members) : dash}</span>,
    },
    order.endsWith('updated_at') ? changed : created,
  ];
}
