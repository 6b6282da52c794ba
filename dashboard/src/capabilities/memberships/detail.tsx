/** One member: who, where, what they may do there, and why. */

import { useNavigate, useParams } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Avatar, Id, Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Activity } from '../log/recent.tsx';
import { useAllRoles } from '../roles/data.ts';
import { useTenant } from '../tenants/tenant.tsx';
import { type Doing, MemberMenu } from './actions.tsx';
import { MemberDialogs } from './dialogs.tsx';
import { type Membership, MembershipBadge, Reaching, memberName } from './parts.tsx';
import { EffectivePermissions } from './permissions.tsx';
import { Why } from './why.tsx';
import './memberships.css';

const texts = messages('member', {
  back: 'All members',
  membership: 'Membership',
  change: 'Change',
  user: 'User',
  email: 'E-mail address',
  tenant: 'Tenant',
  role: 'Role',
  reach: 'Holds in',
  since: 'Since',
  updated: 'Last changed',
  id: 'Id',
});

export function MemberPage() {
  const { member = '' } = useParams({ strict: false });
  const { tenant } = useTenant();
  const query = useRead(['members', 'one', tenant.id, member], (api, signal) =>
    api.GET('/v1/tenants/{tenant}/members/{membership}', { params: { path: { tenant: tenant.id, membership: member } }, signal }),
  );
  if (query.data !== undefined) return <Shown membership={query.data} key={member} />;
  return (
    <div className="card card-body">
      <Loaded query={query}>{() => null}</Loaded>
    </div>
  );
}

function Shown({ membership }: { membership: Membership }) {
  const { can } = useProject();
  const { tenant, to } = useTenant();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  const roles = useAllRoles(tenant.id, { enabled: can('role:read') });
  const role = roles.data?.find((one) => one.key === membership.role);
  const members = to.tenant(tenant.id, 'members');
  return (
    <div className="stack">
      <div className="member-head">
        <Avatar name={memberName(membership)} />
        <h2>{memberName(membership)}</h2>
        <MembershipBadge membership={membership} />
        <span className="row" style={{ marginInlineStart: 'auto' }}>
          <AppLink href={members}>{texts.back}</AppLink>
          <MemberMenu membership={membership} start={setDoing} size="md" />
        </span>
      </div>
      <div className="columns">
        <div className="stack">
          <Card
            title={texts.membership}
            actions={
              can('member:update') ? (
                <Button size="sm" icon={<Pencil aria-hidden />} onClick={() => setDoing({ what: 'change', membership })}>
                  {texts.change}
                </Button>
              ) : undefined
            }
          >
            <MembershipFacts membership={membership} role={role} />
          </Card>
          {can('access:check') ? <Why membership={membership} /> : null}
        </div>
        <EffectivePermissions membership={membership} role={role} />
      </div>
      <Activity targetId={membership.id} tenantId={tenant.id} />
      <MemberDialogs doing={doing} onClose={() => setDoing(undefined)} removed={() => void navigate({ to: members, replace: true })} />
    </div>
  );
}

function MembershipFacts({ membership, role }: { membership: Membership; role: { id: string; name: string; tenant_id: string | null } | undefined }) {
  const { can } = useProject();
  const { tenant, to } = useTenant();
  const name = memberName(membership);
  const roleLink = role ? to.role(role.id, { tenant: role.tenant_id ?? undefined }) : undefined;
  return (
    <Facts
      facts={[
        [texts.user, can('user:read') ? <AppLink href={to.user(membership.user.id)}>{name}</AppLink> : name],
        [texts.email, membership.user.email],
        [texts.tenant, <AppLink key="t" href={to.tenant(tenant.id)}>{tenant.name}</AppLink>],
        [texts.role, roleLink && role ? <AppLink href={roleLink}>{role.name}</AppLink> : membership.role],
        [texts.reach, <Reaching key="r" membership={membership} />],
        [texts.since, <Time key="s" at={membership.created_at} />],
        [texts.updated, <Time key="u" at={membership.updated_at} />],
        [texts.id, <Id key="i" id={membership.id} />],
      ]}
    />
  );
}
