/** Whose value applies to a tenant, in words. */

import { messages } from '../../i18n/messages.ts';
import { TenantLink } from './parts.tsx';
import type { Tenant } from './tenant.tsx';

export type Inheritable = 'plan' | 'branding';

const texts = messages('tenant-source', {
  own: 'its own',
  lock: 'its own, locked for all below',
  root: 'its own, as it has no parent',
  from: 'inherited from',
  locked: 'locked by',
});

export function Source({ tenant, value }: { tenant: Tenant; value: Inheritable }) {
  const from = tenant.inheritance[value];
  if (!from) return null;
  if (from.from === tenant.id) {
    return <>{from.mode === 'lock' ? texts.lock : from.mode === 'inherit' && !tenant.parent_id ? texts.root : texts.own}</>;
  }
  return (
    <>
      {from.locked ? texts.locked : texts.from} <TenantLink id={from.from} />
    </>
  );
}
