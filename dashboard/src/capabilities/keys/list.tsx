/** Lists of API keys: of the project, or of one of its tenants. */

import { FlaskConical, KeyRound, ShieldAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type List, useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CreateButton } from '../../ui/create-button.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { columns } from './columns.tsx';
import { CreateKey, type KeyOwner } from './create.tsx';
import { ReportLeak } from './leak.tsx';
import type { ApiKey } from './model.ts';
import { OwnerPicker, useOwner } from '../tenants/owner.tsx';
import { KeyTester } from './tester.tsx';

const texts = messages('keys.list', {
  title: 'API keys',
  note: 'Secrets with which programs call Carcosa, and with which your customers call you. Verify the ones you are shown; revoked keys stop everywhere within a second.',
  create: 'New key',
  test: 'Test a key',
  leak: 'Report a leak',
  search: 'Search by name or last four characters',
  status: 'Status',
  any: 'Any',
  active: 'Active',
  disabled: 'Disabled',
  expired: 'Expired',
  revoked: 'Revoked',
  expiring: 'Expires',
  whenever: 'Whenever',
  within: (days: string) => `Within ${days} days`,
  none: 'No keys yet',
  noneHint: 'A key lets a program act in this project without a person signing in. Give each program its own, with no more than it needs.',
  noneTenantHint: 'A key of a tenant can do things in this tenant alone, and stops when the tenant is suspended. Hand them to customers who call your API.',
  nothing: 'No key matches',
  nothingHint: 'Other filters may show more.',
});

const FILTERS = { q: '', status: '', expiring: '', new: '', test: '', tenant: '' };
type Filters = Record<keyof typeof FILTERS, string>;
/** The days of the choice; the overview asks for 14. */
const EXPIRING = ['7', '14', '30', '90'];

type SetFilters = SetSearch<keyof Filters>;

export function Keys() {
  const { can } = useProject();
  const [search, set] = useSearch(FILTERS);
  const [leak, setLeak] = useState(false);
  const owner = useOwner(search.tenant || undefined);
  const tenant = search.tenant ? { id: search.tenant, name: owner.data?.name ?? search.tenant } : undefined;
  return (
    <Page
      title={texts.title}
      note={texts.note}
      actions={
        <>
          {can('key:verify') ? (
            <Button icon={<FlaskConical aria-hidden />} onClick={() => set({ test: '1' })}>
              {texts.test}
            </Button>
          ) : null}
          {can('key:delete') ? (
            <Button icon={<ShieldAlert aria-hidden />} onClick={() => setLeak(true)}>
              {texts.leak}
            </Button>
          ) : null}
          <Create set={set} />
        </>
      }
    >
      <KeyList search={search} set={set} tenant={tenant} pick />
      <CreateKey open={search.new === '1' && can('key:create')} onClose={() => set({ new: '' }, { replace: true })} tenant={tenant} />
      <KeyTester open={search.test === '1' && can('key:verify')} onClose={() => set({ test: '' }, { replace: true })} />
      <ReportLeak open={leak} onClose={() => setLeak(false)} />
    </Page>
  );
}

export function TenantKeys() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const [search, set] = useSearch(FILTERS);
  return (
    <div className="stack">
      <KeyList search={search} set={set} tenant={tenant} actions={<Create set={set} />} />
      <CreateKey open={search.new === '1' && can('key:create')} onClose={() => set({ new: '' }, { replace: true })} tenant={tenant} />
    </div>
  );
}

function Create({ set }: { set: SetFilters }) {
  const { can } = useProject();
  return can('key:create') ? <CreateButton onClick={() => set({ new: '1' })}>{texts.create}</CreateButton> : null;
}

/** The keys with these filters. What ends soon is what still works, unless another state is asked for. */
function useKeys({ q, status, expiring: days }: Filters, tenant: string | undefined): List<ApiKey> {
  // Pages of one list need the same filters, so the time that days are reckoned from stands still.
  const [opened] = useState(() => Date.now());
  const expiring = EXPIRING.includes(days) ? days : '';
  const wanted = status || (expiring ? 'active' : '');
  const query = {
    limit: 50,
    ...(tenant ? { tenant_id: tenant } : {}),
    ...(q ? { q } : {}),
    ...(wanted ? { status: wanted as 'active' } : {}),
    ...(expiring ? { expires_before: new Date(opened + Number(expiring) * 86_400_000).toISOString() } : {}),
  };
  return useList(['keys', query], (api, after, signal) =>
    api.GET('/v1/keys', { params: { query: { ...query, after } }, signal }),
  );
}

interface ListProps {
  search: Filters;
  set: SetFilters;
  /** Whether a tenant can be chosen. */
  pick?: boolean | undefined;
  actions?: ReactNode;
}

function Filter({ search, set, pick, actions }: ListProps) {
  return (
    <div className="table-bar">
      <SearchField value={search.q} onChange={(q) => set({ q }, { replace: true })} label={texts.search} />
      {pick ? <OwnerPicker id="keys-owner" value={search.tenant} onChange={(next) => set({ tenant: next })} /> : null}
      <Select
        compact
        label={texts.status}
        value={search.status}
        onChange={(status) => set({ status })}
        choices={[{ value: '', text: texts.any }, ...(['active', 'disabled', 'expired', 'revoked'] as const).map((value) => ({ value, text: texts[value] }))]}
      />
      <Select
        compact
        label={texts.expiring}
        value={search.expiring}
        onChange={(expiring) => set({ expiring })}
        choices={[{ value: '', text: texts.whenever }, ...EXPIRING.map((value) => ({ value, text: texts.within(value) }))]}
      />
      {actions ? <div className="row table-bar-end">{actions}</div> : null}
    </div>
  );
}

function KeyList({ search, set, tenant, pick, actions }: ListProps & { tenant: KeyOwner | undefined }) {
  const to = usePaths();
  const list = useKeys(search, tenant?.id);
  const filtered = search.q !== '' || search.status !== '' || search.expiring !== '';
  return (
    <div className="stack">
      <Filter search={search} set={set} pick={pick} actions={actions} />
      <Table
        label={texts.title}
        list={list}
        columns={columns(pick ?? false)}
        idOf={(key) => key.id}
        nameOf={(key) => key.name}
        href={(key) => to.key(key.id)}
        empty={
          filtered ? (
            <NoMatch title={texts.nothing} clear={() => set({ q: '', status: '', expiring: '' })}>
              {texts.nothingHint}
            </NoMatch>
          ) : (
            <None tenant={tenant} set={set} />
          )
        }
      />
    </div>
  );
}

function None({ tenant, set }: { tenant: KeyOwner | undefined; set: SetFilters }) {
  const { can } = useProject();
  const create = (
    <Button tone="primary" onClick={() => set({ new: '1' })}>
      {texts.create}
    </Button>
  );
  return (
    <Empty icon={<KeyRound aria-hidden />} title={texts.none} action={can('key:create') ? create : null}>
      {tenant ? texts.noneTenantHint : texts.noneHint}
    </Empty>
  );
}
