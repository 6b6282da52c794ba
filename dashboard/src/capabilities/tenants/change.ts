/** Changing a tenant: over the version that was shown, and what it is by now where someone was faster. */

import { type Schemas, ok } from '@carcosa/client';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import type { Tenant } from './tenant.tsx';

export function useTenantChange(id: string) {
  const { api } = useProject();
  const params = { path: { tenant: id } };
  const change = useAction<{ over: Tenant; body: Schemas['UpdateTenant'] }, Tenant>({
    run: (at, { over, body }) => at.PATCH('/v1/tenants/{tenant}', { params, body, headers: ifMatch(over.version) }),
    refresh: ['tenants', 'stats', 'audit'],
    failure: 'caller',
  });
  return {
    save: (over: Tenant, body: Schemas['UpdateTenant']) => change.mutateAsync({ over, body }),
    reload: (): Promise<Tenant> => ok(api.GET('/v1/tenants/{tenant}', { params })),
  };
}
