/** Roles and permissions as several pages read them. */

import { type Carcosa, type Schemas, all, ok } from '@carcosa/client';
import { useMemo } from 'react';
import { useRead } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import type { Choice } from '../../ui/menu.tsx';
import { isNotFound } from '../../ui/problem.ts';

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
  const { can } = useScope();
  return useRead(['roles', id, tenant], async (api, signal) => {
    if (tenant !== '') return { data: await loadRole(api, id, tenant, signal) };
    try {
      return { data: await loadRole(api, id, null, signal) };
    } catch (error) {
      // Who has nothing but the id cannot know whose it is. The log does.
      const owner = isNotFound(error) && can('audit:read') ? await ownerOf(api, id, signal) : undefined;
      if (!owner) throw error;
      return { data: await loadRole(api, id, owner, signal) };
    }
  });
}

/** A role of a tenant, or one of the project. */
export const loadRole = (api: Carcosa, role: string, tenant: string | null, signal?: AbortSignal): Promise<Role> => {
  const rest = signal ? { signal } : {};
  return ok(
    tenant
      ? api.GET('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role } }, ...rest })
      : api.GET('/v1/roles/{role}', { params: { path: { role } }, ...rest }),
  );
};

async function ownerOf(api: Carcosa, id: string, signal: AbortSignal): Promise<string | null | undefined> {
  const page = await ok(api.GET('/v1/audit', { params: { query: { target_id: id, limit: 1 } }, signal }));
  return page.data[0]?.tenant_id;
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
