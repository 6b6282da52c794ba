import { Ban, Ellipsis, Send, UserRound } from 'lucide-react';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Time } from '../../ui/display.tsx';
import { Menu } from '../../ui/menu.tsx';
import type { Column } from '../../ui/table.tsx';
import { useName } from '../log/objects.ts';
import { useTenant } from '../tenants/tenant.tsx';
import { type Invitation, type InvitationWithToken, StatusBadge, recipient } from './parts.tsx';

const texts = messages('invitation-columns', {
  status: 'Status',
  actions: 'Actions',
  role: 'Role',
  place: 'Holds in',
  whole: 'The whole tenant',
  expires: 'Expires',
  sent: 'Invited',
  more: (who: string) => `Actions for ${who}`,
  resend: 'Send again',
  renew: 'Make a new link',
  resendHint: 'the old link dies',
  revoke: 'Revoke…',
  member: 'Open the member',
  email: 'E-mail address',
});

/** The columns of a tenant's invitations. */
export function invitationColumns(
  roleName: (key: string) => string,
  handed: (invitation: InvitationWithToken) => void,
  revoke: (invitation: Invitation) => void,
): readonly Column<Invitation>[] {
  return [
    {
      key: 'email',
      head: texts.email,
      width: 'minmax(0, 2fr)',
      cell: (one) => <span className={one.email ? 'strong' : 'dim'}>{recipient(one)}</span>,
    },
    { key: 'role', head: texts.role, width: 'minmax(0, 1fr)', hide: 'sm', cell: (one) => roleName(one.role) },
    { key: 'place', head: texts.place, width: 'minmax(0, 1fr)', hide: 'lg', cell: (one) => <Place invitation={one} /> },
    { key: 'status', head: texts.status, width: '6.5rem', cell: (one) => <StatusBadge status={one.status} /> },
    {
      key: 'expires',
      head: texts.expires,
      width: '7rem',
      hide: 'md',
      cell: (one) => (one.status === 'pending' || one.status === 'expired' ? <Time at={one.expires_at} /> : <span className="dim">–</span>),
    },
    { key: 'sent', head: texts.sent, width: '7rem', hide: 'md', cell: (one) => <Time at={one.created_at} /> },
    { key: 'menu', head: texts.actions, width: '1.75rem', cell: (one) => <InvitationMenu invitation={one} handed={handed} revoke={revoke} /> },
  ];
}

function Place({ invitation: { organization_id: id, tenant_id: tenant } }: { invitation: Invitation }) {
  const name = useName(id ? { kind: 'organization', id, tenant } : undefined);
  return id ? name : <span className="dim">{texts.whole}</span>;
}

/** What a request about an invitation names. */
export const named = (one: Invitation) => ({ path: { tenant: one.tenant_id, invitation: one.id } });

function InvitationMenu({
  invitation,
  handed,
  revoke,
}: {
  invitation: Invitation;
  handed: (invitation: InvitationWithToken) => void;
  revoke: (invitation: Invitation) => void;
}) {
  const { can } = useProject();
  const { to } = useTenant();
  const { status, email, membership_id: membership, version } = invitation;
  const resend = useAction<void, InvitationWithToken>({
    run: (api) =>
      api.POST('/v1/tenants/{tenant}/invitations/{invitation}/resend', {
        params: named(invitation),
        headers: ifMatch(version),
      }),
    refresh: ['invitations'],
    done: handed,
  });
  const open = status === 'pending' || status === 'expired';
  const groups = [
    membership ? [{ text: texts.member, icon: <UserRound aria-hidden />, href: to.member(invitation.tenant_id, membership) }] : [],
    open && can('invitation:update')
      ? [{ text: email ? texts.resend : texts.renew, note: texts.resendHint, icon: <Send aria-hidden />, run: () => resend.mutate() }]
      : [],
    open && can('invitation:update')
      ? [{ text: texts.revoke, icon: <Ban aria-hidden />, tone: 'danger' as const, run: () => revoke(invitation) }]
      : [],
  ];
  if (groups.every((group) => group.length === 0)) return null;
  return (
    <Menu trigger={<Button tone="quiet" size="sm" square busy={resend.isPending} aria-label={texts.more(recipient(invitation))} />} groups={groups}>
      <Ellipsis aria-hidden />
    </Menu>
  );
}
