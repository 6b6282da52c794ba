/** Changing one role: over the version that was shown, and what it is by now where someone was faster. */

import { type Schemas, ok } from '@carcosa/client';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { type FormOptions } from '../../ui/form.tsx';
import { useUnsaved } from '../../ui/leaving.tsx';
import { type MergeForm, useMergeForm } from '../../ui/merge-form.tsx';
import { type Role, loadRole } from './data.ts';

interface RolePart<Values extends object> {
  role: Role;
  read: (role: Role) => Values;
  patch: (values: Values, over: Role) => Schemas['UpdateRole'];
  check?: FormOptions<Values>['check'];
}

/** A form over a part of a role. The page asks before what is typed there is lost. */
export function useRolePart<Values extends object>({ role, read, patch, check }: RolePart<Values>): MergeForm<Values, Role> {
  const { api } = useScope();
  const refresh = useRefresh();
  const merge = useMergeForm<Role, Values>({
    item: role,
    read,
    ...(check ? { check } : {}),
    reload: () => loadRole(api, role.id, role.tenant_id),
    save: async (values, over) => {
      const headers = ifMatch(over.version);
      const { id, tenant_id: tenant } = over;
      const body = patch(values, over);
      try {
        return await ok(
          tenant
            ? api.PATCH('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role: id } }, body, headers })
            : api.PATCH('/v1/roles/{role}', { params: { path: { role: id } }, body, headers }),
        );
      } finally {
        // After a refusal too: whoever was slower sees what the other saved.
        await refresh('roles', 'members');
      }
    },
  });
  useUnsaved(merge.form.dirty);
  return merge;
}
