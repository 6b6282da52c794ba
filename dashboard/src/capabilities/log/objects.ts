/** The kinds of object that entries name: what they are called, and where their pages are. */

import type { Carcosa } from '@carcosa/client';
import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { use } from 'react';
import type { ProjectPaths } from '../../app/paths.ts';
import { paths, projectPaths } from '../../app/paths.ts';
import { useRead } from '../../api/data.ts';
import { useLiveEvents } from '../../api/live.tsx';
import { ProjectContext, useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';

export interface ObjectRef {
  kind: string;
  id: string;
  tenant?: string | null | undefined;
}

const kinds = messages('log-kinds', {
  tenant: 'tenant',
  organization: 'organization',
  api_key: 'API key',
  event: 'entry',
  share: 'share',
  user: 'user',
  membership: 'member',
  invitation: 'invitation',
  role: 'role',
  session: 'session',
  token: 'sign-in',
  webhook_endpoint: 'webhook endpoint',
  webhook_delivery: 'delivery',
  sync_client: 'sync client',
  operator: 'operator',
  project: 'project',
} as Record<string, string>);

export const kindName = (kind: string): string => kinds[kind] ?? kind.replaceAll('_', ' ');

/** The kind of an id, by its prefix. */
const PREFIXES: Record<string, string> = {
  ten: 'tenant',
  org: 'organization',
  key: 'api_key',
  usr: 'user',
  mem: 'membership',
  inv: 'invitation',
  rol: 'role',
  shr: 'share',
  ep: 'webhook_endpoint',
  syn: 'sync_client',
  opr: 'operator',
  prj: 'project',
};
export const kindOf = (id: string): string => PREFIXES[id.slice(0, id.indexOf('_'))] ?? '';

/** The end of an id, by which people tell two apart. */
const shortId = (id: string): string => `…${id.slice(-6)}`;

/** Where an object is shown; nowhere for what has no page. */
export function pageOf({ kind, id, tenant }: ObjectRef, to: ProjectPaths | undefined): string | undefined {
  if (kind === 'operator') return paths.operator(id);
  if (!to) return undefined;
  const inTenant = (tab: Parameters<ProjectPaths['tenant']>[1]) => (tenant ? to.tenant(tenant, tab) : undefined);
  const found: Record<string, () => string | undefined> = {
    tenant: () => to.tenant(id),
    api_key: () => to.key(id),
    user: () => to.user(id),
    role: () => to.role(id, { tenant: tenant ?? undefined }),
    webhook_endpoint: () => to.webhook(id),
    sync_client: () => to.syncClient(id),
    membership: () => (tenant ? to.member(tenant, id) : undefined),
    invitation: () => inTenant('invitations'),
    organization: () => inTenant('organizations'),
    share: () => inTenant('shares'),
    project: () => to.settings(),
  };
  return found[kind]?.();
}

/** The addresses of the project around, if there is one. */
export function useProjectPaths(): ProjectPaths | undefined {
  const scope = use(ProjectContext);
  return scope ? projectPaths(scope.project.slug) : undefined;
}

type Load = (api: Carcosa, ref: ObjectRef, signal: AbortSignal) => Promise<string | null | undefined>;
const path = <P extends object>(values: P, signal: AbortSignal) => ({ params: { path: values }, signal });
const names: Record<string, Load> = {
  tenant: async (api, { id }, signal) => (await ok(api.GET('/v1/tenants/{tenant}', path({ tenant: id }, signal)))).name,
  user: async (api, { id }, signal) => {
    const user = await ok(api.GET('/v1/users/{user}', path({ user: id }, signal)));
    return user.name ?? user.email;
  },
  api_key: async (api, { id }, signal) => (await ok(api.GET('/v1/keys/{api_key}', path({ api_key: id }, signal)))).name,
  role: async (api, { id, tenant }, signal) => {
    if (!tenant) return (await ok(api.GET('/v1/roles/{role}', path({ role: id }, signal)))).name;
    return (await ok(api.GET('/v1/tenants/{tenant}/roles/{role}', path({ tenant, role: id }, signal)))).name;
  },
  webhook_endpoint: async (api, { id }, signal) =>
    hostOf((await ok(api.GET('/v1/webhook-endpoints/{webhook_endpoint}', path({ webhook_endpoint: id }, signal)))).url),
  sync_client: async (api, { id }, signal) => (await ok(api.GET('/v1/sync/clients/{sync_client}', path({ sync_client: id }, signal)))).name,
  operator: async (api, { id }, signal) => {
    const operator = await ok(api.GET('/v1/operators/{operator}', path({ operator: id }, signal)));
    return operator.name ?? operator.email;
  },
  membership: async (api, { id, tenant }, signal) => {
    if (!tenant) return undefined;
    const member = await ok(api.GET('/v1/tenants/{tenant}/members/{membership}', path({ tenant, membership: id }, signal)));
    return member.user.name ?? member.user.email;
  },
  organization: async (api, { id, tenant }, signal) => {
    if (!tenant) return undefined;
    return (await ok(api.GET('/v1/tenants/{tenant}/organizations/{organization}', path({ tenant, organization: id }, signal)))).name;
  },
  invitation: async (api, { id, tenant }, signal) => {
    if (!tenant) return undefined;
    return (await ok(api.GET('/v1/tenants/{tenant}/invitations/{invitation}', path({ tenant, invitation: id }, signal)))).email;
  },
  share: async (api, { id, tenant }, signal) => {
    if (!tenant) return undefined;
    return (await ok(api.GET('/v1/tenants/{tenant}/shares/{share}', path({ tenant, share: id }, signal)))).resource;
  },
};
/** Found with their tenant alone. */
const IN_TENANTS = new Set(['role', 'membership', 'organization', 'invitation', 'share']);

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/**
 * What an object is called now: entries name objects by their ids alone. Asked for once, by rows that are on the screen; what is gone keeps its kind and
 * the end of its id; `told` where its kind is said beside it.
 */
export function useName(ref: ObjectRef | undefined, told = false): string {
  const load = ref ? names[ref.kind] : undefined;
  const { root } = useScope();
  const cache = useQueryClient();
  useLiveEvents((event) => {
    if (ref && event.subject === ref.id && event.type.endsWith('.updated')) void cache.invalidateQueries({ queryKey: [...root, 'names', ref.kind, ref.id] });
  });
  const read = useRead(
    // With the tenant: what was asked for without it may not have been found.
    ['names', ref?.kind, ref?.id, ref && IN_TENANTS.has(ref.kind) ? (ref.tenant ?? '') : ''],
    async (api, signal) => ({ data: { name: (ref && load ? await load(api, ref, signal).catch(() => null) : null) ?? null } }),
    { enabled: load !== undefined, staleTime: 5 * 60_000 },
  );
  if (!ref) return '';
  return read.data?.name ?? (told ? shortId(ref.id) : `${kindName(ref.kind)} ${shortId(ref.id)}`);
}
