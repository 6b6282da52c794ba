/** The people of a tenant. */

import { Mail, Users } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { CreateButton } from '../../ui/create-button.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { type Role, roleChoices, useAllRoles } from '../roles/data.ts';
import { useTenant } from '../tenants/tenant.tsx';
import type { Doing } from './actions.tsx';
import { AddMember } from './add.tsx';
import { BulkBar, BulkDialog, type BulkWhat } from './bulk.tsx';
import { memberColumns } from './columns.tsx';
import { useOrganizationChoices } from './data.ts';
import { MemberDialogs } from './dialogs.tsx';
import { type Membership, memberName } from './parts.tsx';
import './memberships.css';

const texts = messages('members', {
  title: 'Members',
  add: 'Add member',
  invite: 'Invite',
  search: 'Search by name or e-mail address',
  role: 'Role',
  status: 'Status',
  any: 'Any',
  active: 'Active',
  disabled: 'Disabled',
  organization: 'Organization',
  none: 'No members yet',
  noneHint: 'Members are users with a role in this tenant: what they may do in it. Add people you know, or invite them by e-mail.',
  nothing: 'No member matches',
  nothingHint: 'Change the search or the filters.',
});

const DEFAULTS = { q: '', role: '', status: '', organization: '', new: '' };
type Filters = Record<keyof typeof DEFAULTS, string>;

const NO_FILTERS = { q: '', role: '', status: '', organization: '' };

export function TenantMembers() {
  const { can } = useProject();
  const { tenant, to } = useTenant();
  const [search, set] = useSearch(DEFAULTS);
  const list = useMembers(tenant.id, search);
  const roles = useAllRoles(tenant.id, { enabled: can('role:read') });
  const [doing, setDoing] = useState<Doing>();
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<BulkWhat>();
  const columns = useMemo(() => memberColumns(roles.data, setDoing, can('member:update')), [roles.data, can]);
  const chosen = list.items.filter((one) => ids.has(one.id));
  const filtered = Object.keys(NO_FILTERS).some((name) => search[name as keyof Filters] !== '');
  const buttons = <Buttons create={() => set({ new: '1' })} />;
  return (
    <div className="stack menu-last">
      <div className="table-bar">
        <MemberFilters search={search} set={set} roles={roles.data} />
        <span className="table-bar-end">{buttons}</span>
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={columns}
        idOf={(one) => one.id}
        nameOf={memberName}
        href={(one) => to.member(tenant.id, one.id)}
        {...(can('member:update') || can('member:delete') ? { selection: { ids, change: setIds } } : {})}
        empty={<Nobody filtered={filtered} clear={() => set(NO_FILTERS)} buttons={buttons} />}
      />
      <BulkBar count={chosen.length} start={setBulk} clear={() => setIds(new Set())} />
      {search.new === '1' && can('member:create') ? <AddMember onClose={() => set({ new: '' }, { replace: true })} /> : null}
      <MemberDialogs doing={doing} onClose={() => setDoing(undefined)} />
      {bulk ? (
        <Bulk
          what={bulk}
          chosen={chosen}
          onClose={(changed) => {
            setBulk(undefined);
            if (changed) setIds(new Set());
          }}
        />
      ) : null}
    </div>
  );
}

function Buttons({ create }: { create: () => void }) {
  const { can } = useProject();
  const { tenant, to } = useTenant();
  return (
    <span className="row">
      {can('invitation:create') ? (
        <ButtonLink href={to.tenant(tenant.id, 'invitations', { new: 1 })} icon={<Mail aria-hidden />}>
          {texts.invite}
        </ButtonLink>
      ) : null}
      {can('member:create') ? (
        <CreateButton onClick={create}>{texts.add}</CreateButton>
      ) : null}
    </span>
  );
}

function Nobody({ filtered, clear, buttons }: { filtered: boolean; clear: () => void; buttons: ReactNode }) {
  if (filtered) {
    return (
      <NoMatch title={texts.nothing} clear={clear}>
        {texts.nothingHint}
      </NoMatch>
    );
  }
  return (
    <Empty icon={<Users aria-hidden />} title={texts.none} action={buttons}>
      {texts.noneHint}
    </Empty>
  );
}

/** The members as they were when it began: the list changes under it while it works. */
function Bulk({ chosen, ...rest }: { what: BulkWhat; chosen: readonly Membership[]; onClose: (changed: boolean) => void }) {
  const [kept] = useState(chosen);
  return <BulkDialog chosen={kept} {...rest} />;
}

function useMembers(tenant: string, { q, role, status, organization }: Filters) {
  return useList<Membership>(['members', tenant, { q, role, status, organization }], (api, after, signal) =>
    api.GET('/v1/tenants/{tenant}/members', {
      params: {
        path: { tenant },
        query: {
          limit: 50,
          after,
          ...(q === '' ? {} : { q }),
          ...(role === '' ? {} : { role }),
          ...(status === 'active' || status === 'disabled' ? { status } : {}),
          ...(organization === '' ? {} : { organization_id: organization }),
        },
      },
      signal,
    }),
  );
}

function MemberFilters({
  search,
  set,
  roles,
}: {
  search: Filters;
  set: SetSearch<keyof Filters>;
  roles: readonly Role[] | undefined;
}) {
  const { can } = useProject();
  const { tenant } = useTenant();
  const organizations = useOrganizationChoices(tenant.id, texts.any, can('organization:read'));
  const any = { value: '', text: texts.any };
  return (
    <>
      <SearchField label={texts.search} value={search.q} onChange={(q) => set({ q }, { replace: true })} />
      <Select
        compact
        label={texts.role}
        value={search.role}
        choices={[any, ...roleChoices(roles, search.role || undefined)]}
        onChange={(role) => set({ role })}
      />
      <Select
        compact
        label={texts.status}
        value={search.status}
        choices={[any, { value: 'active', text: texts.active }, { value: 'disabled', text: texts.disabled }]}
        onChange={(status) => set({ status })}
      />
      {organizations.any || search.organization !== '' ? (
        <Select
          compact
          label={texts.organization}
          value={search.organization}
          choices={organizations.choices}
          onChange={(organization) => set({ organization })}
        />
      ) : null}
    </>
  );
}
