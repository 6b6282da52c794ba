/** Roles and permissions as several pages read them. */

import { type Schemas, all } from '@carcosa/client';
import { useMemo } from 'react';
import { useRead } from '../../api/data.ts';
import type { Choice } from '../../ui/menu.tsx';

export type Role = Schemas['Role'];
export type Permission = Schemas['PermissionInfo'];

/** All roles: of the project, or those that apply in a tenant. There are at most a few hundred. */
export function useAllRoles(tenant?: string, options: { enabled?: boolean } = {}) {
  return useRead(
    ['roles', 'all', tenant ?? 'project'],
    async (api, signal) => {
      const data: Role[] = [];
      const query = (after: string | undefined) => ({ limit: 100, after });
      const pages = all<Role>((after) =>
        tenant === undefined
          ? api.GET('/v1/roles', { params: { query: query(after) }, signal })
          : api.GET('/v1/tenants/{tenant}/roles', { params: { path: { tenant }, query: query(after) }, signal }),
      );
      for await (const role of pages) data.push(role);
      return { data: data.sort(byStrength) };
    },
    options,
  );
}

/** Carcosa's own from weak to strong, then the others by key. The server lists its own from strong to weak. */
const BUILT_IN = ['viewer', 'member', 'manager', 'admin', 'owner'];
function byStrength(a: Role, b: Role): number {
  const place = (role: Role) => (role.built_in ? BUILT_IN.indexOf(role.key) : role.tenant_id === null ? 100 : 200);
  return place(a) - place(b) || a.key.localeCompare(b.key);
}

/** One role; `tenant` where it is the tenant's own. */
export function useRole(id: string, tenant: string) {
  return useRead(['roles', id, tenant], (api, signal) =>
    tenant === ''
      ? api.GET('/v1/roles/{role}', { params: { path: { role: id } }, signal })
      : api.GET('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role: id } }, signal }),
  );
}

/** The registry. The application's own permissions are settings of the project. */
export function usePermissions() {
  return useRead(['projects', 'permissions'], (api, signal) => api.GET('/v1/permissions', { signal }), { staleTime: 60_000 });
}

/** What a role is called, by its key. */
export function useRoleNames(tenant?: string, options: { enabled?: boolean } = {}): (key: string) => string {
  const { data } = useAllRoles(tenant, options);
  return useMemo(() => {
    const names = new Map(data?.map((role) => [role.key, role.name]));
    return (key) => names.get(key) ?? key;
  }, [data]);
}

/** Roles to choose from. One that is held but no longer listed stays a choice. */
export function roleChoices(roles: readonly Role[] | undefined, held?: string): Choice[] {
  const choices = (roles ?? []).map((role) => ({ value: role.key, text: role.name, ...(role.name === role.key ? {} : { note: role.key }) }));
  return held === undefined || choices.some((choice) => choice.value === held) ? choices : [{ value: held, text: held }, ...choices];
}

/** What a tenant can hold: the rest is for credentials of the project. */
export const holdable = (permissions: readonly Permission[]): Permission[] => permissions.filter((one) => one.held_in === 'tenant');
