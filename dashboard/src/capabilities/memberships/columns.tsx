import { useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Avatar, Time } from '../../ui/display.tsx';
import { Select } from '../../ui/menu.tsx';
import type { Column } from '../../ui/table.tsx';
import { type Role, roleChoices } from '../roles/data.ts';
import { type Doing, MemberMenu } from './actions.tsx';
import { patchMember } from './data.ts';
import { type Membership, MembershipBadge, Reaching, memberName } from './parts.tsx';

const texts = messages('columns', {
  name: 'Name',
  email: 'E-mail address',
  role: 'Role',
  reach: 'Holds in',
  status: 'Status',
  since: 'Since',
  actions: 'Actions',
  roleOf: (name: string) => `Role of ${name}`,
  changed: (name: string, role: string) => `${name} is ${role} now.`,
});

/** The columns of a tenant's members. */
export function memberColumns(roles: readonly Role[] | undefined, start: (doing: Doing) => void, changes: boolean): readonly Column<Membership>[] {
  return [
    {
      key: 'name',
      head: texts.name,
      width: 'minmax(0, 1.6fr)',
      cell: (one) => (
        <span className="row" style={{ flexWrap: 'nowrap' }}>
          <span className="member-face">
            <Avatar name={memberName(one)} />
          </span>
          <span className="clip">{memberName(one)}</span>
        </span>
      ),
    },
    { key: 'email', head: texts.email, width: 'minmax(0, 1.6fr)', hide: 'lg', cell: (one) => <span className="dim">{one.user.email}</span> },
    {
      key: 'role',
      head: texts.role,
      width: 'minmax(6.5rem, 1fr)',
      cell: (one) => (changes ? <InlineRole membership={one} roles={roles} /> : (roles?.find((role) => role.key === one.role)?.name ?? one.role)),
    },
    { key: 'reach', head: texts.reach, width: 'minmax(0, 1.5fr)', hide: 'md', cell: (one) => <Reaching membership={one} /> },
    { key: 'status', head: texts.status, width: '7rem', hide: 'sm', cell: (one) => <MembershipBadge membership={one} /> },
    { key: 'since', head: texts.since, width: '7rem', hide: 'lg', cell: (one) => <Time at={one.created_at} /> },
    { key: 'menu', head: texts.actions, width: '1.75rem', cell: (one) => <MemberMenu membership={one} start={start} /> },
  ];
}

/** The role, to be changed on the spot. It is shown at once and put back when the server refuses. */
function InlineRole({ membership, roles }: { membership: Membership; roles: readonly Role[] | undefined }) {
  const name = memberName(membership);
  const action = useAction({
    run: (api, role: string) => patchMember(api, membership, { role }),
    refresh: ['members'],
    optimistic: (role) => ({ id: membership.id, changes: { role } }),
    said: (_, role) => texts.changed(name, roles?.find((one) => one.key === role)?.name ?? role),
  });
  return (
    <span className="above inline-select">
      <Select
        label={texts.roleOf(name)}
        value={membership.role}
        disabled={action.isPending}
        choices={roleChoices(roles, membership.role)}
        onChange={(role) => role !== membership.role && action.mutate(role)}
      />
    </span>
  );
}
