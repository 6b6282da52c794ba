/** From addresses to pages, through the frames around them. */

import type { QueryClient } from '@tanstack/react-query';
import {
  type AnyRoute,
  type ErrorComponentProps,
  Outlet,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { lookUp, sessionState } from '../api/session.ts';
import { isMissingCode } from '../ui/problem.ts';
import { Failed } from '../ui/states.tsx';
import { Door } from './door.tsx';
import { Missing, MissingPart } from './missing.tsx';
import { FRAMES, type FrameName, PAGES, loadTenant } from './pages.ts';
import { loadProject } from './projects.ts';
import { InstallationShell, ProjectPending, ProjectShell } from './shell.tsx';
import { parseSearch, stringifySearch } from './search.ts';

const root = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet });

/** The pages of a frame. */
const pagesOf = (frame: FrameName, parent: () => AnyRoute) =>
  PAGES.filter((page) => page.frame === frame).map(({ path, load, name }) =>
    createRoute({ getParentRoute: parent, path, component: lazyRouteComponent(load as () => Promise<Record<string, never>>, name) }),
  );

/** An address at which a frame has no page. */
const elsewhere = (parent: () => AnyRoute, component = Missing) => createRoute({ getParentRoute: parent, path: '$', component });

// Open to everyone.
const open = createRoute({ getParentRoute: () => root, id: 'open', component: Door });
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
const project = createRoute({
  getParentRoute: () => inside,
  path: FRAMES.project,
  loader: ({ context, params }) => loadProject(context.client, params.project),
  component: ProjectShell,
  pendingComponent: ProjectPending,
});
const tenant = createRoute({ getParentRoute: () => project, path: 'tenants/$tenant', component: lazyRouteComponent(loadTenant, 'TenantPage') });

const tree = root.addChildren([
  open.addChildren(pagesOf('open', () => open)),
  inside.addChildren([
    installation.addChildren([...pagesOf('installation', () => installation), elsewhere(() => installation)]),
    project.addChildren([
      ...pagesOf('project', () => project),
      tenant.addChildren([...pagesOf('tenant', () => tenant), elsewhere(() => tenant, MissingPart)]),
      elsewhere(() => project),
    ]),
  ]),
]);

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

/** A page that could not be shown: the rest stays usable. Only a new visit has the code of a new version. */
function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <div className="page">
      <div className="card">
        <Failed error={error} retry={isMissingCode(error) ? () => globalThis.location.reload() : reset} />
      </div>
    </div>
  );
}

