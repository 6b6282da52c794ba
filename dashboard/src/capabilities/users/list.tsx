/** The people who use the application, in whatever tenants. */

import { Users as UsersIcon } from 'lucide-react';
import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { CreateButton } from '../../ui/create-button.tsx';
import { Avatar, Time } from '../../ui/display.tsx';
import { SearchField, TextFilter } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { CreateUser } from './create.tsx';
import { type User, UserStatusBadge, statusText, userName } from './status.tsx';

const texts = messages('users', {
  title: 'Users',
  note: 'The people who use your application: one per e-mail address, in any number of tenants.',
  create: 'Create user',
  search: 'Search by name or e-mail address',
  external: 'External id',
  status: 'Status',
  any: 'Any',
  name: 'Name',
  email: 'E-mail address',
  externalId: 'External id',
  created: 'Created',
  none: 'No users yet',
  noneHint: 'A user is someone whom your application has signed in. They appear when they accept an invitation or are added to a tenant, or you create them here.',
  nothing: 'No user matches',
  nothingHint: 'Every word must begin a word of the name or the e-mail address.',
});

const columns: readonly Column<User>[] = [
  {
    key: 'name',
    head: texts.name,
    width: 'minmax(0, 2fr)',
    cell: (user) => (
      <span className="row" style={{ flexWrap: 'nowrap' }}>
        <Avatar name={userName(user)} />
        <span className="clip">{userName(user)}</span>
      </span>
    ),
  },
  { key: 'email', head: texts.email, width: 'minmax(0, 2fr)', hide: 'sm', cell: (user) => <span className="dim">{user.email}</span> },
  {
    key: 'external',
    head: texts.externalId,
    width: 'minmax(0, 1fr)',
    hide: 'lg',
    cell: (user) => (user.external_id ? <span className="mono">{user.external_id}</span> : <span className="dim">–</span>),
  },
  { key: 'status', head: texts.status, width: '6.5rem', cell: (user) => <UserStatusBadge status={user.status} /> },
  { key: 'created', head: texts.created, width: '8rem', hide: 'md', cell: (user) => <Time at={user.created_at} /> },
];

const NO_FILTERS = { q: '', status: '', external_id: '' };
const DEFAULTS = { ...NO_FILTERS, new: '' };
type Filters = Record<keyof typeof NO_FILTERS, string>;

export function Users() {
  const { can } = useProject();
  const to = usePaths();
  const navigate = useNavigate();
  const [search, set] = useSearch(DEFAULTS);
  const list = useUsers(search);
  const filtered = Object.keys(NO_FILTERS).some((name) => search[name as keyof Filters] !== '');
  const create = can('user:create') ? (
    <CreateButton onClick={() => set({ new: '1' })}>{texts.create}</CreateButton>
  ) : null;
  return (
    <Page title={texts.title} note={texts.note} actions={create}>
      <div className="stack">
        <UserFilters search={search} set={set} />
        <Table
          label={texts.title}
          list={list}
          columns={columns}
          idOf={(user) => user.id}
          nameOf={userName}
          href={(user) => to.user(user.id)}
          empty={
            filtered ? (
              <NoMatch title={texts.nothing} clear={() => set(NO_FILTERS)}>
                {texts.nothingHint}
              </NoMatch>
            ) : (
              <Empty icon={<UsersIcon aria-hidden />} title={texts.none} action={create}>
                {texts.noneHint}
              </Empty>
            )
          }
        />
      </div>
      <CreateUser
        open={search.new === '1' && can('user:create')}
        onClose={() => set({ new: '' }, { replace: true })}
        onCreated={(user) => void navigate({ to: to.user(user.id), replace: true })}
      />
    </Page>
  );
}

function useUsers({ q, status, external_id }: Filters) {
  return useList<User>(['users', 'list', { q, status, external_id }], (api, after, signal) =>
    api.GET('/v1/users', {
      params: {
        query: {
          limit: 50,
          after,
          ...(q === '' ? {} : { q }),
          ...(status === 'active' || status === 'disabled' ? { status } : {}),
          ...(external_id === '' ? {} : { external_id }),
        },
      },
      signal,
    }),
  );
}

function UserFilters({
  search,
  set,
}: {
  search: Filters;
  set: SetSearch<keyof Filters>;
}) {
  return (
    <div className="table-bar">
      <SearchField label={texts.search} value={search.q} onChange={(next) => set({ q: next }, { replace: true })} />
      <TextFilter label={texts.external} value={search.external_id} onChange={(next) => set({ external_id: next }, { replace: true })} />
      <Select
        compact
        label={texts.status}
        value={search.status}
        choices={[
          { value: '', text: texts.any },
          { value: 'active', text: statusText('active') },
          { value: 'disabled', text: statusText('disabled') },
        ]}
        onChange={(next) => set({ status: next })}
      />
    </div>
  );
}
