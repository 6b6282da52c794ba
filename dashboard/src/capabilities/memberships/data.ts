import type { Carcosa, Schemas } from '@carcosa/client';
import { ifMatch, useRead } from '../../api/data.ts';
import type { Choice } from '../../ui/menu.tsx';
import type { Membership } from './parts.tsx';

/** The tenant's organizations, to choose from. */
export function useOrganizationChoices(tenant: string, none: string, enabled = true): { choices: Choice[]; any: boolean } {
  const query = useRead(
    ['organizations', 'choices', tenant],
    (api, signal) => api.GET('/v1/tenants/{tenant}/organizations', { params: { path: { tenant }, query: { limit: 100 } }, signal }),
    { enabled },
  );
  const found = query.data?.data ?? [];
  return { choices: [{ value: '', text: none }, ...found.map((one) => ({ value: one.id, text: one.name }))], any: found.length > 0 };
}

/** Changes a membership as it was shown. */
export const patchMember = (api: Carcosa, one: Membership, body: Schemas['UpdateMembership']) =>
  api.PATCH('/v1/tenants/{tenant}/members/{membership}', {
    params: { path: { tenant: one.tenant_id, membership: one.id } },
    body,
    headers: ifMatch(one.version),
  });

export const removeMember = (api: Carcosa, one: Membership) =>
  api.DELETE('/v1/tenants/{tenant}/members/{membership}', {
    params: { path: { tenant: one.tenant_id, membership: one.id } },
    headers: ifMatch(one.version),
  });
