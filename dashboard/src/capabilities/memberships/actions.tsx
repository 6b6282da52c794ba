/** What can be done with one member, in a menu, and what is asked before. */

import { Ban, CircleCheck, Ellipsis, Pencil, UserMinus, UserRound } from 'lucide-react';
import { useAction, useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { patchMember, removeMember } from './data.ts';
import { type Membership, memberName } from './parts.tsx';

const texts = messages('member-actions', {
  more: (name: string) => `Actions for ${name}`,
  user: 'Open the user',
  change: 'Change role and reach…',
  disable: 'Disable…',
  enable: 'Enable',
  remove: 'Remove from tenant…',
  enabled: (name: string) => `${name} may work in this tenant again.`,
  disabled: (name: string) => `The membership of ${name} is disabled.`,
  disableTitle: (name: string) => `Disable the membership of ${name}?`,
  disableWhat: (tenant: string, children: boolean) =>
    children
      ? `They may do nothing in ${tenant} and the tenants below it through this membership, from the next second on. It keeps its role, and can be enabled again.`
      : `They may do nothing in ${tenant} through this membership, from the next second on. It keeps its role, and can be enabled again.`,
  disableYes: 'Disable membership',
  removeTitle: (name: string) => `Remove ${name}?`,
  removeWhat: (tenant: string, role: string) => `Their role ${role} in ${tenant} ends, on every node within a second. To come back they must be added or invited again.`,
  stays: (others: number, more: boolean) =>
    others === 0
      ? 'The user stays in the project, but is then a member of nothing.'
      : `The user stays in the project, with ${more ? 'more than ' : ''}${counted(others, 'other membership', 'other memberships')}.`,
  removeYes: 'Remove member',
  removed: (name: string) => `${name} is no member any more.`,
});

export type Doing = { what: 'change' | 'disable' | 'remove'; membership: Membership } | undefined;

/** The menu of a member. */
export function MemberMenu({ membership, start, size = 'sm' }: { membership: Membership; start: (doing: Doing) => void; size?: 'sm' | 'md' }) {
  const { can } = useProject();
  const { to } = useTenant();
  const name = memberName(membership);
  const enable = useAction<void, unknown>({
    run: (api) => patchMember(api, membership, { status: 'active' }),
    refresh: ['members'],
    optimistic: () => ({ id: membership.id, changes: { status: 'active' } }),
    said: () => texts.enabled(name),
  });
  const update = can('member:update')
    ? [
        { text: texts.change, icon: <Pencil aria-hidden />, run: () => start({ what: 'change', membership }) },
        membership.status === 'active'
          ? { text: texts.disable, icon: <Ban aria-hidden />, run: () => start({ what: 'disable', membership }) }
          : { text: texts.enable, icon: <CircleCheck aria-hidden />, run: () => enable.mutate() },
      ]
    : [];
  const groups = [
    can('user:read') ? [{ text: texts.user, icon: <UserRound aria-hidden />, href: to.user(membership.user.id) }] : [],
    update,
    can('member:delete')
      ? [{ text: texts.remove, icon: <UserMinus aria-hidden />, tone: 'danger' as const, run: () => start({ what: 'remove', membership }) }]
      : [],
  ];
  if (groups.every((group) => group.length === 0)) return null;
  return (
    <Menu trigger={<Button tone={size === 'sm' ? 'quiet' : 'plain'} size={size} square aria-label={texts.more(name)} />} groups={groups}>
      <Ellipsis aria-hidden />
    </Menu>
  );
}

export function DisableMember({ membership, onClose }: { membership: Membership; onClose: () => void }) {
  const { tenant } = useTenant();
  const name = memberName(membership);
  const action = useAction<void, unknown>({
    run: (api) => patchMember(api, membership, { status: 'disabled' }),
    refresh: ['members'],
    said: () => texts.disabled(name),
    done: onClose,
    failure: 'caller',
  });
  return (
    <Ask
      open
      onClose={onClose}
      title={texts.disableTitle(name)}
      yes={texts.disableYes}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{texts.disableWhat(tenant.name, membership.includes_children)}</p>
    </Ask>
  );
}

export function RemoveMember({
  membership,
  roleName,
  onClose,
  done = onClose,
}: {
  membership: Membership;
  roleName: string;
  onClose: () => void;
  done?: () => void;
}) {
  const { tenant } = useTenant();
  const { can } = useProject();
  const name = memberName(membership);
  const all = useRead(
    ['members', 'of-user', membership.user.id, 'count'],
    (api, signal) =>
      api.GET('/v1/users/{user}/memberships', { params: { path: { user: membership.user.id }, query: { limit: 100 } }, signal }),
    { enabled: can('user:read') },
  );
  const action = useAction<void, unknown>({
    run: (api) => removeMember(api, membership),
    refresh: ['members', 'tenants'],
    said: () => texts.removed(name),
    ends: membership.id,
    done,
    failure: 'caller',
  });
  return (
    <Ask
      open
      onClose={onClose}
      title={texts.removeTitle(name)}
      yes={texts.removeYes}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{texts.removeWhat(tenant.name, roleName)}</p>
      {all.data ? <p>{texts.stays(Math.max(0, all.data.data.length - 1), all.data.page.has_more)}</p> : null}
    </Ask>
  );
}
