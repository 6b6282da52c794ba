import { type Schemas, all } from '@carcosa/client';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';

export type RolesWith = Pick<Schemas['Role'], 'id' | 'name'>;

/** Tells which roles of the project name a permission, by itself or with its noun. */
export function useRolesWith(): (permission: string) => RolesWith[] {
  const { can } = useProject();
  const roles = useRead<Schemas['Role'][]>(
    ['roles', 'every'],
    async (api, signal) => {
      const found: Schemas['Role'][] = [];
      const load = (after: string | undefined) =>
        api.GET('/v1/roles', { params: { query: { limit: 100, ...(after ? { after } : {}) } }, signal });
      for await (const role of all<Schemas['Role']>(load)) found.push(role);
      return { data: found };
    },
    { enabled: can('role:read') },
  );
  return (permission) => {
    const names = [permission, `${permission.split(':')[0]}:*`];
    // Roles of Carcosa's own that give everything do not name anything.
    return (roles.data ?? []).filter((role) => role.permissions.some((one) => names.includes(one)));
  };
}
