/** Every page: its address, and the code that draws it, fetched when it is first gone to. */

/** What surrounds a page. The addresses of its pages go on from its own. */
export const FRAMES = {
  open: '',
  installation: '',
  project: '/p/$project',
  tenant: '/p/$project/tenants/$tenant',
} as const;

export type FrameName = keyof typeof FRAMES;

export interface PageEntry {
  frame: FrameName;
  /** Below the frame's address. */
  path: string;
  load: () => Promise<Record<string, unknown>>;
  /** The component's name in the module. */
  name: string;
}

/** A page: the name of its component in the module that `load` fetches. */
function page<Name extends string>(frame: FrameName, path: string, load: () => Promise<Record<Name, unknown>>, name: Name): PageEntry {
  return { frame, path, load, name };
}

/** The frame of a tenant's pages is a page's code as well. */
export const loadTenant = () => import('../capabilities/tenants/detail.tsx');

export const PAGES: readonly PageEntry[] = [
  page('open', '/sign-in', () => import('../capabilities/operators/sign-in.tsx'), 'SignIn'),
  page('open', '/setup', () => import('../capabilities/operators/setup.tsx'), 'Setup'),
  page('open', '/invitation', () => import('../capabilities/operators/invitation.tsx'), 'AcceptInvitation'),
  page('open', '/password-reset', () => import('../capabilities/operators/password-reset.tsx'), 'PasswordReset'),

  page('installation', '/', () => import('../capabilities/projects/list.tsx'), 'Home'),
  page('installation', '/account', () => import('../capabilities/operators/account.tsx'), 'Account'),
  page('installation', '/installation/projects', () => import('../capabilities/projects/list.tsx'), 'Projects'),
  page('installation', '/installation/operators', () => import('../capabilities/operators/list.tsx'), 'Operators'),
  page('installation', '/installation/operators/$operator', () => import('../capabilities/operators/detail.tsx'), 'OperatorPage'),
  page('installation', '/installation/health', () => import('../capabilities/health/page.tsx'), 'Health'),
  page('installation', '/installation/log', () => import('../capabilities/log/installation.tsx'), 'InstallationLog'),

  page('project', '/', () => import('../capabilities/projects/overview.tsx'), 'Overview'),
  page('project', '/tenants', () => import('../capabilities/tenants/list.tsx'), 'Tenants'),
  page('project', '/users', () => import('../capabilities/users/list.tsx'), 'Users'),
  page('project', '/users/$user', () => import('../capabilities/users/detail.tsx'), 'UserPage'),
  page('project', '/roles', () => import('../capabilities/roles/list.tsx'), 'Roles'),
  page('project', '/roles/$role', () => import('../capabilities/roles/detail.tsx'), 'RolePage'),
  page('project', '/access', () => import('../capabilities/access/page.tsx'), 'AccessCheck'),
  page('project', '/keys', () => import('../capabilities/keys/list.tsx'), 'Keys'),
  page('project', '/keys/$key', () => import('../capabilities/keys/detail.tsx'), 'KeyPage'),
  page('project', '/webhooks', () => import('../capabilities/webhooks/list.tsx'), 'Webhooks'),
  page('project', '/webhooks/$endpoint', () => import('../capabilities/webhooks/detail.tsx'), 'WebhookPage'),
  page('project', '/log', () => import('../capabilities/log/page.tsx'), 'Log'),
  page('project', '/sync', () => import('../capabilities/sync/list.tsx'), 'SyncClients'),
  page('project', '/sync/$client', () => import('../capabilities/sync/detail.tsx'), 'SyncClientPage'),
  page('project', '/settings', () => import('../capabilities/projects/settings.tsx'), 'Settings'),
  page('project', '/settings/$part', () => import('../capabilities/projects/settings.tsx'), 'Settings'),

  page('tenant', '/', () => import('../capabilities/tenants/overview.tsx'), 'TenantOverview'),
  page('tenant', '/members', () => import('../capabilities/memberships/list.tsx'), 'TenantMembers'),
  page('tenant', '/members/$member', () => import('../capabilities/memberships/detail.tsx'), 'MemberPage'),
  page('tenant', '/invitations', () => import('../capabilities/invitations/list.tsx'), 'TenantInvitations'),
  page('tenant', '/organizations', () => import('../capabilities/organizations/list.tsx'), 'TenantOrganizations'),
  page('tenant', '/hierarchy', () => import('../capabilities/tenants/hierarchy.tsx'), 'TenantHierarchy'),
  page('tenant', '/roles', () => import('../capabilities/roles/list.tsx'), 'TenantRoles'),
  page('tenant', '/keys', () => import('../capabilities/keys/list.tsx'), 'TenantKeys'),
  page('tenant', '/webhooks', () => import('../capabilities/webhooks/list.tsx'), 'TenantWebhooks'),
  page('tenant', '/shares', () => import('../capabilities/shares/list.tsx'), 'TenantShares'),
  page('tenant', '/activity', () => import('../capabilities/log/activity.tsx'), 'TenantActivity'),
  page('tenant', '/security', () => import('../capabilities/tenants/security.tsx'), 'TenantSecurity'),
  page('tenant', '/settings', () => import('../capabilities/tenants/settings.tsx'), 'TenantSettings'),
];

/** The page at an address, if there is one. */
export function findPage(address: string): PageEntry | undefined {
  const parts = partsOf(address);
  return PAGES.find(({ frame, path }) => {
    const wanted = partsOf(FRAMES[frame] + path);
    return wanted.length === parts.length && wanted.every((part, index) => part.startsWith('$') || part === parts[index]);
  });
}

const partsOf = (address: string): string[] => address.split('/').filter((part) => part !== '');

/** Fetches the code of a page ahead of its being shown. */
export function preload({ frame, load }: PageEntry): void {
  const parts: (() => Promise<unknown>)[] = frame === 'tenant' ? [loadTenant, load] : [load];
  // What cannot be fetched is fetched again by the page, which says so.
  for (const part of parts) part().catch(() => undefined);
}
