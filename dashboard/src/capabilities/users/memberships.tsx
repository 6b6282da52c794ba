/** Where a user belongs: their places in all tenants. */

import type { Schemas } from '@carcosa/client';
import type { List } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Building2 } from 'lucide-react';
import { useName } from '../log/objects.ts';
import { MembershipBadge, Reaching } from '../memberships/parts.tsx';
import { useRoleNames } from '../roles/data.ts';
import { type User, userName } from './status.tsx';

const texts = messages('user-memberships', {
  title: 'Memberships',
  tenant: 'Tenant',
  role: 'Role',
  reach: 'Holds in',
  status: 'Status',
  since: 'Since',
  none: 'In no tenant',
  noneHint: (name: string) => `${name} may do nothing until they are a member of a tenant. Add them on a tenant’s members page.`,
  tenants: 'All tenants',
  access: 'Access',
  check: 'Check',
});

export type UserMembership = Schemas['Membership'];

function TenantName({ id }: { id: string }) {
  return <span className="clip">{useName({ kind: 'tenant', id })}</span>;
}

export function UserMemberships({ user, list }: { user: User; list: List<UserMembership> }) {
  const { can } = useProject();
  const to = usePaths();
  const roleName = useRoleNames(undefined, { enabled: can('role:read') });
  const columns: readonly Column<UserMembership>[] = [
    { key: 'tenant', head: texts.tenant, width: 'minmax(0, 2fr)', cell: (one) => <TenantName id={one.tenant_id} /> },
    { key: 'role', head: texts.role, width: 'minmax(0, 1fr)', cell: (one) => roleName(one.role) },
    { key: 'reach', head: texts.reach, width: 'minmax(0, 1.4fr)', hide: 'md', cell: (one) => <Reaching membership={one} /> },
    { key: 'status', head: texts.status, width: '6.5rem', cell: (one) => <MembershipBadge membership={one} /> },
    { key: 'since', head: texts.since, width: '7rem', hide: 'md', cell: (one) => <Time at={one.created_at} /> },
    ...(can('access:check')
      ? [
          {
            key: 'check',
            head: texts.access,
            width: '4rem',
            align: 'end' as const,
            hide: 'sm' as const,
            cell: (one: UserMembership) => (
              <span className="above">
                <AppLink
                  className="small"
                  href={to.access({ user: user.id, tenant: one.tenant_id, organization: one.organization_id ?? undefined })}
                >
                  {texts.check}
                </AppLink>
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <section className="stack" style={{ '--gap': 'var(--space-2)' } as never} aria-label={texts.title}>
      <h2>{texts.title}</h2>
      <Table
        label={texts.title}
        list={list}
        columns={columns}
        idOf={(one) => one.id}
        nameOf={(one) => one.tenant_id}
        href={(one) => to.member(one.tenant_id, one.id)}
        empty={
          <Empty icon={<Building2 aria-hidden />} title={texts.none} action={<ButtonLink href={to.tenants()}>{texts.tenants}</ButtonLink>}>
            {texts.noneHint(userName(user))}
          </Empty>
        }
      />
    </section>
  );
}
