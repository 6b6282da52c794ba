/** Lists of webhook endpoints: of the project, or of one of its tenants. */

import { Webhook } from 'lucide-react';
import type { ReactNode } from 'react';
import { type List, useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CreateButton } from '../../ui/create-button.tsx';
import { Select } from '../../ui/menu.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { OwnerPicker, useOwner } from '../tenants/owner.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { columns } from './columns.tsx';
import type { Endpoint } from './model.ts';
import { NewEndpoint, type EndpointOwner } from './wizard.tsx';
import './webhooks.css';

const texts = messages('webhooks.list', {
  title: 'Webhooks',
  note: 'Addresses of yours to which Carcosa sends what happens, signed, as it happens. What fails is tried again for about three days.',
  create: 'New endpoint',
  status: 'Status',
  any: 'Any',
  enabled: 'Enabled',
  paused: 'Paused',
  disabled: 'Disabled',
  failing: 'Failing',
  none: 'No endpoints yet',
  noneHint: 'An endpoint is how your application learns of new tenants, members and keys without asking: Carcosa posts each event to it.',
  noneTenantHint: 'An endpoint of a tenant hears of what happens in this tenant alone. Customers who build upon your application want one.',
  nothing: 'No endpoint matches',
});

const FILTERS = { status: '', new: '', tenant: '' };
type Filters = Record<keyof typeof FILTERS, string>;
type SetFilters = SetSearch<keyof Filters>;

export function Webhooks() {
  const [search, set] = useSearch(FILTERS);
  const owner = useOwner(search.tenant || undefined);
  const tenant = search.tenant ? { id: search.tenant, name: owner.data?.name ?? search.tenant } : undefined;
  return (
    <Page title={texts.title} note={texts.note} actions={<Create set={set} />}>
      <EndpointList search={search} set={set} tenant={tenant} pick />
    </Page>
  );
}

export function TenantWebhooks() {
  const { tenant } = useTenant();
  const [search, set] = useSearch(FILTERS);
  return <EndpointList search={search} set={set} tenant={tenant} actions={<Create set={set} />} />;
}

function Create({ set }: { set: SetFilters }) {
  const { can } = useProject();
  return can('webhook:create') ? <CreateButton onClick={() => set({ new: '1' })}>{texts.create}</CreateButton> : null;
}

/** `failing` is a filter of its own on the server, and one of the states to the reader. */
function useEndpoints(status: string, tenant: string | undefined): List<Endpoint> {
  const query = {
    limit: 50,
    ...(tenant ? { tenant_id: tenant } : {}),
    ...(status === 'failing' ? { failing: true } : status ? { status: status as 'enabled' } : {}),
  };
  return useList(['webhooks', query], (api, after, signal) =>
    api.GET('/v1/webhook-endpoints', { params: { query: { ...query, after } }, signal }),
  );
}

function EndpointList({
  search,
  set,
  tenant,
  pick,
  actions,
}: {
  search: Filters;
  set: SetFilters;
  tenant: EndpointOwner | undefined;
  pick?: boolean;
  actions?: ReactNode;
}) {
  const { can } = useProject();
  const to = usePaths();
  const list = useEndpoints(search.status, tenant?.id);
  return (
    <div className="stack">
      <div className="table-bar">
        {pick ? <OwnerPicker id="webhooks-owner" value={search.tenant} onChange={(next) => set({ tenant: next })} /> : null}
        <Select
          compact
          label={texts.status}
          value={search.status}
          onChange={(status) => set({ status })}
          choices={[{ value: '', text: texts.any }, ...(['enabled', 'paused', 'disabled', 'failing'] as const).map((value) => ({ value, text: texts[value] }))]}
        />
        {actions ? <div className="row table-bar-end">{actions}</div> : null}
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={columns(pick ?? false)}
        idOf={(endpoint) => endpoint.id}
        nameOf={(endpoint) => endpoint.url}
        href={(endpoint) => to.webhook(endpoint.id)}
        empty={
          search.status ? (
            <NoMatch title={texts.nothing} clear={() => set({ status: '' })} />
          ) : (
            <None tenant={tenant} set={set} />
          )
        }
      />
      <NewEndpoint open={search.new === '1' && can('webhook:create')} onClose={() => set({ new: '' }, { replace: true })} tenant={tenant} />
    </div>
  );
}

function None({ tenant, set }: { tenant: EndpointOwner | undefined; set: SetFilters }) {
  const { can } = useProject();
  const create = (
    <Button tone="primary" onClick={() => set({ new: '1' })}>
      {texts.create}
    </Button>
  );
  return (
    <Empty icon={<Webhook aria-hidden />} title={texts.none} action={can('webhook:create') ? create : null}>
      {tenant ? texts.noneTenantHint : texts.noneHint}
    </Empty>
  );
}
