import { useProject } from '../../api/scope.tsx';
import { type Role, useAllRoles } from '../roles/data.ts';

export type RolesWith = Pick<Role, 'id' | 'name'>;

/** Tells which roles of the project name a permission, by itself or with its noun. */
export function useRolesWith(): (permission: string) => RolesWith[] {
  const { can } = useProject();
  const roles = useAllRoles(undefined, { enabled: can('role:read') });
  return (permission) => {
    const names = [permission, `${permission.split(':')[0]}:*`];
    // Roles of Carcosa's own that give everything do not name anything.
    return (roles.data ?? []).filter((role) => role.permissions.some((one) => names.includes(one)));
  };
}
