/** Small things about memberships that several pages show. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { useName } from '../log/objects.ts';

const texts = messages('membership-parts', {
  active: 'Active',
  disabled: 'Disabled',
  userDisabled: 'User disabled',
  whole: 'The whole tenant',
  children: 'Tenant and those below',
});

export type Membership = Schemas['Membership'];

/** Whether it counts: a disabled user counts nowhere. */
export function MembershipBadge({ membership }: { membership: Membership }) {
  if (membership.status === 'disabled') return <Badge dot>{texts.disabled}</Badge>;
  if (membership.user.status === 'disabled') {
    return (
      <Badge tone="warn" dot>
        {texts.userDisabled}
      </Badge>
    );
  }
  return (
    <Badge tone="good" dot>
      {texts.active}
    </Badge>
  );
}

/** Where its role holds. */
export function Reaching({ membership }: { membership: Membership }) {
  const { organization_id: organization, tenant_id: tenant, includes_children } = membership;
  const name = useName(organization ? { kind: 'organization', id: organization, tenant } : undefined);
  if (organization) return name;
  return <span className={includes_children ? undefined : 'dim'}>{includes_children ? texts.children : texts.whole}</span>;
}

export const memberName = ({ user }: Membership): string => user.name ?? user.email;
