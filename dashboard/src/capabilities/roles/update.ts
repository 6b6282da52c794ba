/** Saving one role: the version goes along that the reader began with. */

import { type Schemas, ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { refresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import type { Role } from './data.ts';

export function useUpdateRole(): (base: Role, body: Schemas['UpdateRole']) => Promise<void> {
  const { api, root } = useScope();
  const client = useQueryClient();
  return async (base, body) => {
    const headers = { 'If-Match': `"${base.version}"` };
    const { id: role, tenant_id: tenant } = base;
    try {
      await ok(
        tenant
          ? api.PATCH('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role } }, body, headers })
          : api.PATCH('/v1/roles/{role}', { params: { path: { role } }, body, headers }),
      );
    } finally {
      // After a refusal too: whoever was slower sees what the other saved.
      await refresh(client, root, ['roles', 'members']);
    }
  };
}
