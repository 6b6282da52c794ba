/** Every page and its address. A page's code is fetched when it is first gone to. */

import type { QueryClient } from '@tanstack/react-query';
import {
  type AnyRoute,
  type ErrorComponentProps,
  Outlet,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { lookUp, sessionState } from '../api/session.ts';
import { Failed } from '../ui/states.tsx';
import { Door } from './door.tsx';
import { Missing } from './missing.tsx';
import { InstallationShell, ProjectShell } from './shell.tsx';
import { parseSearch, stringifySearch } from './search.ts';

/** An address outside every frame. */
function Lost() {
  return (
    <main>
      <Missing />
    </main>
  );
}

const root = createRootRoute({ component: Outlet, notFoundComponent: Lost });

/** A page: the name of its component in the module that `load` fetches. */
function page<Name extends string>(parent: () => AnyRoute, path: string, load: () => Promise<Record<Name, unknown>>, name: Name) {
  return createRoute({
    getParentRoute: parent,
    path,
    component: lazyRouteComponent(load as () => Promise<Record<string, never>>, name),
  });
}

// Open to everyone.
const open = createRoute({ getParentRoute: () => root, id: 'open', component: Door });
const openPages = open.addChildren([
  page(() => open, '/sign-in', () => import('../capabilities/operators/sign-in.tsx'), 'SignIn'),
  page(() => open, '/setup', () => import('../capabilities/operators/setup.tsx'), 'Setup'),
  page(() => open, '/invitation', () => import('../capabilities/operators/invitation.tsx'), 'AcceptInvitation'),
  page(() => open, '/password-reset', () => import('../capabilities/operators/password-reset.tsx'), 'PasswordReset'),
]);

// Behind the door.
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Outlet,
  beforeLoad: async ({ location }) => {
    if (sessionState().is === 'unknown') await lookUp();
    if (sessionState().is === 'out') throw redirect({ to: '/sign-in', search: { to: location.href } as never });
  },
});

const installation = createRoute({ getParentRoute: () => inside, id: 'installation', component: InstallationShell });
const installationPages = installation.addChildren([
  page(() => installation, '/', () => import('../capabilities/projects/list.tsx'), 'Home'),
  page(() => installation, '/account', () => import('../capabilities/operators/account.tsx'), 'Account'),
  page(() => installation, '/installation/projects', () => import('../capabilities/projects/list.tsx'), 'Projects'),
  page(() => installation, '/installation/operators', () => import('../capabilities/operators/list.tsx'), 'Operators'),
  page(() => installation, '/installation/operators/$operator', () => import('../capabilities/operators/detail.tsx'), 'OperatorPage'),
  page(() => installation, '/installation/health', () => import('../capabilities/health/page.tsx'), 'Health'),
  page(() => installation, '/installation/log', () => import('../capabilities/log/installation.tsx'), 'InstallationLog'),
]);

const project = createRoute({ getParentRoute: () => inside, path: '/p/$project', component: ProjectShell, notFoundComponent: Missing });
const tenant = createRoute({
  getParentRoute: () => project,
  path: 'tenants/$tenant',
  component: lazyRouteComponent(() => import('../capabilities/tenants/detail.tsx'), 'TenantPage'),
});
const tenantPages = tenant.addChildren([
  page(() => tenant, '/', () => import('../capabilities/tenants/overview.tsx'), 'TenantOverview'),
  page(() => tenant, 'members', () => import('../capabilities/memberships/list.tsx'), 'TenantMembers'),
  page(() => tenant, 'members/$member', () => import('../capabilities/memberships/detail.tsx'), 'MemberPage'),
  page(() => tenant, 'invitations', () => import('../capabilities/invitations/list.tsx'), 'TenantInvitations'),
  page(() => tenant, 'organizations', () => import('../capabilities/organizations/list.tsx'), 'TenantOrganizations'),
  page(() => tenant, 'hierarchy', () => import('../capabilities/tenants/hierarchy.tsx'), 'TenantHierarchy'),
  page(() => tenant, 'roles', () => import('../capabilities/roles/list.tsx'), 'TenantRoles'),
  page(() => tenant, 'keys', () => import('../capabilities/keys/list.tsx'), 'TenantKeys'),
  page(() => tenant, 'webhooks', () => import('../capabilities/webhooks/list.tsx'), 'TenantWebhooks'),
  page(() => tenant, 'shares', () => import('../capabilities/shares/list.tsx'), 'TenantShares'),
  page(() => tenant, 'activity', () => import('../capabilities/log/activity.tsx'), 'TenantActivity'),
  page(() => tenant, 'security', () => import('../capabilities/tenants/security.tsx'), 'TenantSecurity'),
  page(() => tenant, 'settings', () => import('../capabilities/tenants/settings.tsx'), 'TenantSettings'),
]);
const projectPages = project.addChildren([
  page(() => project, '/', () => import('../capabilities/projects/overview.tsx'), 'Overview'),
  page(() => project, 'tenants', () => import('../capabilities/tenants/list.tsx'), 'Tenants'),
  tenantPages,
  page(() => project, 'users', () => import('../capabilities/users/list.tsx'), 'Users'),
  page(() => project, 'users/$user', () => import('../capabilities/users/detail.tsx'), 'UserPage'),
  page(() => project, 'roles', () => import('../capabilities/roles/list.tsx'), 'Roles'),
  page(() => project, 'roles/$role', () => import('../capabilities/roles/detail.tsx'), 'RolePage'),
  page(() => project, 'access', () => import('../capabilities/access/page.tsx'), 'AccessCheck'),
  page(() => project, 'keys', () => import('../capabilities/keys/list.tsx'), 'Keys'),
  page(() => project, 'keys/$key', () => import('../capabilities/keys/detail.tsx'), 'KeyPage'),
  page(() => project, 'webhooks', () => import('../capabilities/webhooks/list.tsx'), 'Webhooks'),
  page(() => project, 'webhooks/$endpoint', () => import('../capabilities/webhooks/detail.tsx'), 'WebhookPage'),
  page(() => project, 'log', () => import('../capabilities/log/page.tsx'), 'Log'),
  page(() => project, 'sync', () => import('../capabilities/sync/list.tsx'), 'SyncClients'),
  page(() => project, 'sync/$client', () => import('../capabilities/sync/detail.tsx'), 'SyncClientPage'),
  page(() => project, 'settings', () => import('../capabilities/projects/settings.tsx'), 'Settings'),
  page(() => project, 'settings/$part', () => import('../capabilities/projects/settings.tsx'), 'Settings'),
]);

const tree = root.addChildren([openPages, inside.addChildren([installationPages, projectPages])]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: Missing,
  });
}

/** A page that could not be shown: the rest stays usable. */
function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      <div className="card">
        <Failed error={error} retry={reset} />
      </div>
    </div>
  );
}

