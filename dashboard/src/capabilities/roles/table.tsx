/** Roles one below the other, with what each gives and when, in words. */

import { useMemo } from 'react';
import type { List } from '../../api/data.ts';
import { messages, counted } from '../../i18n/messages.ts';
import { Badge, Time } from '../../ui/display.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { conditionWords } from './conditions.ts';
import { type Permission, type Role, holdable } from './data.ts';
import { heldBy, lines } from './scopes.ts';

const texts = messages('roles-table', {
  title: 'Roles',
  name: 'Name',
  description: 'Description',
  gives: 'Gives',
  everything: 'Everything',
  permissions: (count: number) => counted(count, 'permission', 'permissions'),
  conditions: 'Conditions',
  always: 'none',
  madeBy: 'Made by',
  carcosa: 'Carcosa',
  project: 'Project',
  tenant: 'This tenant',
  changed: 'Changed',
  none: 'No roles',
});

export function RoleTable({
  roles,
  hrefOf,
  permissions,
}: {
  roles: readonly Role[];
  hrefOf: (role: Role) => string;
  permissions: readonly Permission[];
}) {
  const columns = useMemo(() => roleColumns(permissions), [permissions]);
  return (
    <Table
      label={texts.title}
      list={whole(roles)}
      columns={columns}
      idOf={(role) => role.id}
      nameOf={(role) => role.name}
      href={hrefOf}
      empty={<Empty title={texts.none} />}
    />
  );
}

/** A list that was read as a whole, for the table. */
function whole<Item>(items: readonly Item[]): List<Item> {
  const query = { isPending: false, isError: false, isPlaceholderData: false, isFetchingNextPage: false, isFetchNextPageError: false };
  return {
    query: query as unknown as List<Item>['query'],
    items: [...items],
    hasMore: false,
    more: () => undefined,
    total: items.length,
    totalIsCapped: false,
  };
}

function roleColumns(permissions: readonly Permission[]): readonly Column<Role>[] {
  const all = lines(holdable(permissions)).filter((line) => line.kind === 'one');
  const gives = (role: Role) => {
    const scopes = new Set(role.permissions);
    return scopes.has('*') ? texts.everything : texts.permissions(all.filter((line) => heldBy(scopes, line) !== 'no').length);
  };
  const madeBy = (role: Role) => (role.built_in ? texts.carcosa : role.tenant_id === null ? texts.project : texts.tenant);
  return [
    {
      key: 'name',
      head: texts.name,
      width: 'minmax(0, 1.4fr)',
      cell: (role) => (
        <>
          {role.name} <code className="dim small key-beside">{role.key}</code>
        </>
      ),
    },
    {
      key: 'description',
      head: texts.description,
      width: 'minmax(0, 2fr)',
      hide: 'md',
      cell: (role) => <span className="dim">{role.description ?? '–'}</span>,
    },
    { key: 'gives', head: texts.gives, width: '8.5rem', cell: gives },
    {
      key: 'conditions',
      head: texts.conditions,
      width: 'minmax(0, 1.6fr)',
      hide: 'sm',
      cell: (role) => {
        const words = conditionWords(role.conditions);
        return words.length === 0 ? <span className="dim">{texts.always}</span> : <span title={words.join(' · ')}>{words.join(' · ')}</span>;
      },
    },
    {
      key: 'made',
      head: texts.madeBy,
      width: '6.5rem',
      hide: 'md',
      cell: (role) => <Badge tone={role.built_in ? 'mute' : 'info'}>{madeBy(role)}</Badge>,
    },
    {
      key: 'changed',
      head: texts.changed,
      width: '7rem',
      hide: 'lg',
      cell: (role) => (role.built_in ? <span className="dim">–</span> : <Time at={role.updated_at} />),
    },
  ];
}
