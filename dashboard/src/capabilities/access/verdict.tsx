/** The answer to a question of access: yes or no, why, and through what. */

import type { Schemas } from '@carcosa/client';
import { CircleCheck, CircleX } from 'lucide-react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { Facts } from '../../ui/page.tsx';
import { useName } from '../log/objects.ts';
import { conditionName } from '../roles/conditions.ts';
import { useAllRoles } from '../roles/data.ts';
import { type Decision, type Names, helpText, whyText } from './reasons.ts';
import './access.css';

const texts = messages('access-verdict', {
  yes: ({ user, permission, tenant }: Names) => (
    <>
      Yes. {user} may <code>{permission}</code> in {tenant}.
    </>
  ),
  no: ({ user, permission, tenant }: Names) => (
    <>
      No. {user} may not <code>{permission}</code> in {tenant}.
    </>
  ),
  reason: 'Reason',
  role: 'Role',
  membership: 'Membership',
  above: (tenant: string) => `in ${tenant}, a tenant above`,
  inside: (tenant: string) => `in ${tenant}`,
  tenant: 'Tenant',
  user: 'User',
  condition: 'Condition not met',
});

export type Question = Schemas['CheckAccess'];

/** Asks the server. The answer is of now: it is asked again when users or members change. */
export function useDecision(question: Question | undefined) {
  return useRead(
    ['members', 'check', question],
    (api, signal) => api.POST('/v1/access/check', { body: question as Question, signal }),
    { enabled: question !== undefined, staleTime: 0 },
  );
}

export function Verdict({ decision, permission }: { decision: Decision; permission: string }) {
  const { can } = useProject();
  const to = usePaths();
  const user = useName(decision.user_id ? { kind: 'user', id: decision.user_id } : undefined);
  const tenant = useName(decision.tenant_id ? { kind: 'tenant', id: decision.tenant_id } : undefined);
  const above = decision.via_tenant_id && decision.via_tenant_id !== decision.tenant_id ? decision.via_tenant_id : undefined;
  const via = useName(above ? { kind: 'tenant', id: above } : undefined);
  const roles = useAllRoles(decision.via_tenant_id ?? undefined, { enabled: decision.role !== null && can('role:read') });
  const role = roles.data?.find((one) => one.key === decision.role);
  const names: Names = {
    user: user || 'This user',
    tenant: tenant || 'this tenant',
    permission,
    role: role?.name ?? decision.role ?? '',
    via: above ? via : undefined,
    condition: decision.condition ? conditionName(decision.condition) : '',
  };
  const help = helpText(decision.reason, names);
  const Icon = decision.allowed ? CircleCheck : CircleX;
  return (
    <div className="stack" role="status">
      <div className="verdict" data-allowed={decision.allowed}>
        <Icon aria-hidden />
        <div className="stack grow" style={{ '--gap': 'var(--space-1)' } as never}>
          <p className="verdict-title">{decision.allowed ? texts.yes(names) : texts.no(names)}</p>
          <p className="wrap">{whyText(decision.reason, names)}</p>
          {help ? <p className="dim wrap">{help}</p> : null}
        </div>
      </div>
      <Facts
        facts={[
          [texts.reason, <code key="r">{decision.reason}</code>],
          [texts.role, decision.role ? <RoleLink key="o" name={names.role} role={role} /> : undefined],
          [
            texts.membership,
            decision.membership_id && decision.via_tenant_id ? (
              <AppLink key="m" href={to.member(decision.via_tenant_id, decision.membership_id)}>
                {above ? texts.above(via) : texts.inside(tenant)}
              </AppLink>
            ) : undefined,
          ],
          [texts.condition, decision.condition ? names.condition : undefined],
          [texts.user, decision.user_id ? <AppLink key="u" href={to.user(decision.user_id)}>{user}</AppLink> : undefined],
          [texts.tenant, decision.tenant_id ? <AppLink key="t" href={to.tenant(decision.tenant_id)}>{tenant}</AppLink> : undefined],
        ]}
      />
    </div>
  );
}

function RoleLink({ name, role }: { name: string; role: Schemas['Role'] | undefined }) {
  const to = usePaths();
  if (!role) return name;
  return <AppLink href={to.role(role.id, { tenant: role.tenant_id ?? undefined })}>{name}</AppLink>;
}
