/** The addresses of the dashboard: every view and every state of its filters has one. */

import { useProject } from '../api/scope.tsx';

type Query = Record<string, string | number | undefined>;

/** A path with the members of a query that are not empty. */
export function withQuery(path: string, query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

const segment = encodeURIComponent;

export const TENANT_TABS = [
  'overview',
  'members',
  'invitations',
  'organizations',
  'hierarchy',
  'roles',
  'keys',
  'webhooks',
  'shares',
  'activity',
  'security',
  'settings',
] as const;
export type TenantTab = (typeof TENANT_TABS)[number];

/** Paths of a project, by its slug. */
export function projectPaths(slug: string) {
  const base = `/p/${segment(slug)}`;
  return {
    overview: () => base,
    tenants: (query?: Query) => withQuery(`${base}/tenants`, query),
    tenant: (id: string, tab: TenantTab = 'overview', query?: Query) =>
      withQuery(`${base}/tenants/${segment(id)}${tab === 'overview' ? '' : `/${tab}`}`, query),
    member: (tenant: string, member: string) => `${base}/tenants/${segment(tenant)}/members/${segment(member)}`,
    users: (query?: Query) => withQuery(`${base}/users`, query),
    user: (id: string) => `${base}/users/${segment(id)}`,
    roles: (query?: Query) => withQuery(`${base}/roles`, query),
    /** A role of one tenant is addressed with `tenant`. */
    role: (id: string, query?: Query) => withQuery(`${base}/roles/${segment(id)}`, query),
    access: (query?: Query) => withQuery(`${base}/access`, query),
    keys: (query?: Query) => withQuery(`${base}/keys`, query),
    key: (id: string) => `${base}/keys/${segment(id)}`,
    webhooks: (query?: Query) => withQuery(`${base}/webhooks`, query),
    webhook: (id: string, query?: Query) => withQuery(`${base}/webhooks/${segment(id)}`, query),
    log: (query?: Query) => withQuery(`${base}/log`, query),
    sync: () => `${base}/sync`,
    syncClient: (id: string) => `${base}/sync/${segment(id)}`,
    settings: (part?: string) => (part ? `${base}/settings/${segment(part)}` : `${base}/settings`),
  };
}

export type ProjectPaths = ReturnType<typeof projectPaths>;

/** Addresses in the project of the page. */
export const usePaths = (): ProjectPaths => projectPaths(useProject().project.slug);

/** Paths outside projects. */
export const paths = {
  home: () => '/',
  signIn: (to?: string) => withQuery('/sign-in', { to }),
  forgotten: () => '/password-reset',
  account: () => '/account',
  projects: () => '/installation/projects',
  operators: () => '/installation/operators',
  operator: (id: string) => `/installation/operators/${segment(id)}`,
  health: () => '/installation/health',
  installationLog: (query?: Query) => withQuery('/installation/log', query),
};
