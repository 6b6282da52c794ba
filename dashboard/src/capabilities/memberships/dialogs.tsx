/** What was chosen from a member's menu. */

import { useProject } from '../../api/scope.tsx';
import { useRoleNames } from '../roles/data.ts';
import { DisableMember, type Doing, RemoveMember } from './actions.tsx';
import { ChangeMember } from './add.tsx';

export function MemberDialogs({ doing, onClose, removed }: { doing: Doing; onClose: () => void; removed?: () => void }) {
  const { can } = useProject();
  const tenant = doing?.membership.tenant_id;
  const roleName = useRoleNames(tenant, { enabled: tenant !== undefined && can('role:read') });
  if (!doing) return null;
  const { what, membership } = doing;
  if (what === 'change') return <ChangeMember membership={membership} onClose={onClose} />;
  if (what === 'disable') return <DisableMember membership={membership} onClose={onClose} />;
  return (
    <RemoveMember membership={membership} roleName={roleName(membership.role)} onClose={onClose} {...(removed ? { done: removed } : {})} />
  );
}
